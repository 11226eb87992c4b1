#pragma once

#include "core/plugin/check/listener.hpp"

#include <chrono>
#include <functional>

namespace hookgate::plugin::check {

// Runs `work` in a forked child and passes on what it tells its listener. A child that crashes,
// exits, or takes more time or memory than it may becomes a finding.
void runInChild(std::chrono::seconds time_limit, const std::function<void(Listener&)>& work,
                Listener& listener);

} // namespace hookgate::plugin::check
