#include "core/observability/process_figures.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace hookgate::observability {
namespace {

// Places in /proc/self/stat, counted behind the command's name (proc(5) numbers them from 3 there).
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;
constexpr std::size_t kFields = 22;

std::array<double, kFields> readStat() {
    std::array<double, kFields> fields{};
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')'); // the name may hold spaces and parentheses
    if (name_end == std::string::npos) return fields;
    std::istringstream rest{line.substr(name_end + 1)};
    std::string state;
    rest >> state;
    for (std::size_t i = 1; i < kFields; ++i)
        rest >> fields[i];
    return fields;
}

double bootTimeSeconds() {
    std::ifstream file{"/proc/stat"};
    std::string word;
    while (file >> word) {
        double seconds = 0;
        if (word == "btime" && file >> seconds) return seconds;
        std::getline(file, word);
    }
    return 0;
}

std::int64_t countOpenDescriptors() {
    std::error_code error;
    const std::filesystem::directory_iterator entries{"/proc/self/fd", error};
    if (error) return 0;
    // The iterator holds one itself.
    return std::distance(begin(entries), end(entries)) - 1;
}

std::int64_t descriptorsMax() noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::int64_t>(limit.rlim_cur) : 0;
}

ProcessFigures read() {
    const auto stat = readStat();
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return {
        .cpu_seconds = (stat[kUserTicks] + stat[kSystemTicks]) / ticks,
        .resident_bytes = static_cast<std::int64_t>(stat[kResidentPages]) * ::sysconf(_SC_PAGESIZE),
        .virtual_bytes = static_cast<std::int64_t>(stat[kVirtualBytes]),
        .open_descriptors = countOpenDescriptors(),
        .descriptors_max = descriptorsMax(),
        .threads = static_cast<std::int64_t>(stat[kThreads]),
        .start_time_seconds = bootTimeSeconds() + stat[kStartTicks] / ticks};
}

} // namespace

ProcessFigures readProcessFigures() noexcept {
    try {
        return read();
    } catch (...) { // out of memory or descriptors: the scrape goes on without
        return {};
    }
}

} // namespace hookgate::observability
