#pragma once

#include "core/pipeline/refusal.hpp"
#include "core/plugin/provider.hpp"

namespace hookgate::pipeline {

// What a failed call into a plugin means for the request.
Refusal refusalOf(const plugin::CallError& error, const std::string& provider);

} // namespace hookgate::pipeline
