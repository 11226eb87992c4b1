#pragma once

#include "core/plugin/isolation/wire.hpp"
#include "core/plugin/provider.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::isolation {

// What the plugin host answers to a call: how it ended and, when it succeeded, what it made.

// `body` is the request's: an event that carries it as it is refers to it.
std::string write(const base::Result<Verdict, CallError>& result);
std::string write(const base::Result<std::vector<NormalizedEvent>, CallError>& result,
                  std::string_view body);
std::string write(const base::Result<Outbound, CallError>& result);

// The gateway's side. The bytes may be hostile: what is read has passed the same checks as what a
// plugin in this process fills in, and anything else is an Internal failure of the plugin.
base::Result<Verdict, CallError> readVerdictAnswer(std::string_view payload);
base::Result<std::vector<NormalizedEvent>, CallError> readEventsAnswer(std::string_view payload,
                                                                       std::string_view body);
base::Result<Outbound, CallError> readOutboundAnswer(std::string_view payload);

} // namespace hookgate::plugin::isolation
