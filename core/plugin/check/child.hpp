#pragma once

#include "core/plugin/check/listener.hpp"

#include <chrono>
#include <functional>
#include <string_view>

namespace hookgate::plugin::check {

// How long a child may take, and what is found when it takes longer.
struct ChildTime {
    std::chrono::seconds limit{};
    std::string_view overrun = "process.hang"; // of the catalogue
};

// Runs `work` in a forked child and passes on what it tells its listener. A child that crashes,
// exits, or takes more time or memory than it may becomes a finding.
void runInChild(const ChildTime& time, const std::function<void(Listener&)>& work,
                Listener& listener);

} // namespace hookgate::plugin::check
