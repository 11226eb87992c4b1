#pragma once

#include "core/base/clock.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::guard {

// What was left in the journal by a process that died in a plugin.
struct Crash {
    base::UnixMs at = 0;
    int signal = 0; // 0: the plugin called exit()
    std::string provider{};
    std::string sha256{};
    std::string step{};
    std::string correlation_id{};
};

// The crashes that a journal's text tells, oldest first, without those of code that was released
// after them. What is no line of it is passed over: the last one may be cut off.
std::vector<Crash> readCrashes(std::string_view text);

// Why code is quarantined by its past, by its hash: it crashed the gateway so often within ten
// minutes, and was not released since.
std::map<std::string, std::string> quarantinedBy(const std::vector<Crash>& crashes);

inline constexpr std::size_t kCrashesToQuarantine = 3;
inline constexpr std::chrono::minutes kCrashesWithin{10};

// The file that survives a crash: one line each, written by dying processes. Several processes may
// use one file. Not thread-safe but for release().
class CrashJournal {
public:
    // Reads what is there and goes on writing behind it; the error is for the operator.
    static base::Result<CrashJournal, std::string> open(const std::filesystem::path& file);

    const std::vector<Crash>& crashes() const noexcept { return crashes_; }

    // For leaveBreadcrumbsIn().
    int descriptor() const noexcept { return file_.get(); }

    // The code's crashes up to now no longer count.
    void release(std::string_view sha256) const noexcept;

private:
    CrashJournal(base::FileDescriptor file, std::vector<Crash> crashes) noexcept;

    base::FileDescriptor file_;
    std::vector<Crash> crashes_;
};

} // namespace hookgate::plugin::guard
