#pragma once

#include "core/http/message.hpp"
#include "core/plugin/provider.hpp"

namespace hookgate::pipeline {

// How an outcome is answered: as the provider's plugin declares it, or else with the gateway's own
// reply. Headers of the own reply (Retry-After) stay.
http::Reply acknowledgement(const plugin::Provider& provider, plugin::Outcome outcome,
                            http::Reply own);

} // namespace hookgate::pipeline
