#pragma once

#include "core/plugin/check/check.hpp"
#include "core/plugin/check/listener.hpp"

#include <chrono>
#include <functional>

namespace hookgate::plugin::check {

// Runs `work` in a forked child and adds to the report what it told its listener. A child that
// crashes, exits or does not end in time becomes a finding.
void runInChild(std::chrono::seconds time_limit, const std::function<void(Listener&)>& work,
                CheckReport& report);

} // namespace hookgate::plugin::check
