#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::check {

struct CheckOptions {
    std::filesystem::path file;    // the plugin
    std::filesystem::path vectors; // a JSON file or a directory of them; empty: those in the plugin
    std::chrono::seconds time_limit{60};
};

// Something a plugin does that it must not.
struct Finding {
    std::string id;    // of the catalogue
    std::string where; // the vector, or empty
    std::string text;  // what happened and what to do
};

struct CheckReport {
    std::string file{};
    std::vector<std::string> providers{};
    std::size_t vectors = 0; // that were played
    std::size_t cases = 0;   // all of them, generated ones included
    std::vector<Finding> findings{};

    bool passed() const noexcept { return findings.empty(); }

    // Whether all of a group's checks passed: "load".
    bool passed(std::string_view group) const noexcept;
};

// Looks at the file, then loads it in child processes, one for each group of checks, and plays its
// vectors and what is derived from them. A crash or a hang of a child is a finding like any other.
// Not to be called while other threads of the process hold locks (it forks).
CheckReport checkPlugin(const CheckOptions& options);

// For people: one line a finding and a summary.
void print(const CheckReport& report, std::ostream& out);

} // namespace hookgate::plugin::check
