#pragma once

#include <set>
#include <string>
#include <vector>

namespace hookgate::plugin::check {

// What all code of a process shares and a plugin has to leave alone.
struct ProcessState {
    std::size_t threads = 0;
    std::set<std::string>
        descriptors{}; // number and what it leads to, private copies of code aside
    std::vector<const void*> handlers{}; // of the signals
    std::string blocked_signals{};
    std::string locale{};
    std::vector<std::string> environment{};
    std::string directory{};
    unsigned umask = 0;
    int rounding = 0;

    static ProcessState now();
};

// One way in which two states differ.
struct StateChange {
    const char* id; // of the catalogue
    std::string text;
};

std::vector<StateChange> changesBetween(const ProcessState& before, const ProcessState& after);

} // namespace hookgate::plugin::check
