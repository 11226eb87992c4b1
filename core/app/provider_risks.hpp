#pragma once

#include "core/plugin/contract.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hookgate::app {

// Where webhooks would be lost or repeated for nothing, because a provider's habits, as its plugin
// declares them, do not go with the settings: a sentence each, with what to do. Nothing is refused
// for it.
std::vector<std::string> risksOf(const plugin::Contract& contract,
                                 std::chrono::milliseconds ingest_timeout);

} // namespace hookgate::app
