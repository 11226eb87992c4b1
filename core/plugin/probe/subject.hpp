#pragma once

#include <chrono>
#include <string_view>

namespace hookgate::plugin {

// What a probe's process does: loads the plugin whose bytes `input` gives, reads what it says of
// itself and plays the vectors that came with it. What it does and finds goes to `output`
// (messages.hpp). Runs code that nobody knows yet, within limits that this process keeps from then
// on: to be called by a process that was started for it.
void probeSubject(std::string_view name, int input, int output,
                  std::chrono::seconds cpu_time_limit);

} // namespace hookgate::plugin
