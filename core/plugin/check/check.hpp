#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::check {

// Names of checks or of groups of them: "verify.stale", "verify".
using CheckNames = std::set<std::string, std::less<>>;

struct CheckOptions {
    std::filesystem::path file{}; // the plugin
    std::filesystem::path
        vectors{};           // a JSON file or a directory of them; empty: those in the plugin
    CheckNames waived{};     // what they find does not count
    CheckNames only{};       // the others are left out; empty: none is
    bool in_process = false; // for a debugger: a crash takes the caller with it
    std::chrono::seconds time_limit{60};              // for each group
    std::chrono::seconds load_time_limit{5};          // for loading the code, once
    std::uint64_t seed = 1;                           // of the random cases
    std::chrono::seconds fuzz_time{0};                // 0: a few cases of each vector
    std::optional<std::uint64_t> reproduce{};         // one random case alone
    std::function<void(std::string_view)> progress{}; // hears what is going on; may be empty
};

// Something a plugin does that it must not.
struct Finding {
    std::string id{};    // of the catalogue
    std::string where{}; // the vector, or empty
    std::string text{};  // what happened and what to do
};

struct CheckReport {
    std::string file{};
    std::vector<std::string> groups{}; // that were run
    std::size_t vectors = 0;           // that were played
    std::size_t cases = 0;             // all of them, generated ones included
    std::size_t waived = 0;            // findings that do not count, and are not among these:
    std::vector<Finding> findings{};
    std::uint64_t seed = 1; // of the random cases
    std::chrono::milliseconds took{0};

    // Whether nothing worse than a warning was found.
    bool passed() const noexcept;
    // Whether that is so in one group.
    bool passed(std::string_view group) const noexcept;
};

// Looks at the file, then loads it in child processes, first only to see whether it loads, then one
// for each group of checks, and plays its vectors and what is derived from them. A crash or a hang
// of a child is a finding like any other.
// Not to be called while other threads of the process hold locks (it forks).
CheckReport checkPlugin(const CheckOptions& options);

} // namespace hookgate::plugin::check
