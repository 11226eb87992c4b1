#include "core/plugin/isolation/host_process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include <sys/resource.h>

namespace hookgate::plugin::isolation {
namespace {

constexpr std::chrono::milliseconds kTimeToEnd{200};
// What a process starts with too (confinement.cpp).
constexpr std::chrono::seconds kCpuTimeToSpare{10};

} // namespace

base::Result<std::unique_ptr<HostProcess>, std::string> HostProcess::start(
    const HostProgram& program) {
    auto ends = socketPair();
    auto& [ours, theirs] = ends;
    if (!ours.isOpen())
        return base::Error{"no socket for its process: " + std::generic_category().message(errno)};
    auto process = ChildProcess::start({.program = program.path,
                                        .arguments = {"hookgate-plugin-host", program.plugin,
                                                      std::to_string(program.memory_bytes_max)},
                                        .input = program.code->get(),
                                        .output = theirs.get()});
    if (!process)
        return base::Error{"its process " + program.path + " does not start: " + process.error()};
    return std::make_unique<HostProcess>(std::move(*process), Channel{std::move(ours)});
}

std::chrono::nanoseconds HostProcess::cpuTime() const noexcept {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(process_.id(), &clock) != 0 || ::clock_gettime(clock, &used) != 0)
        return {};
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

void HostProcess::account(std::chrono::nanoseconds call) noexcept {
    unaccounted_ += call;
    if (unaccounted_ < kCpuTimeToSpare / 2) return;
    unaccounted_ = {};
    const auto most = std::chrono::ceil<std::chrono::seconds>(cpuTime()) + kCpuTimeToSpare;
    const rlimit limits{static_cast<rlim_t>(most.count()), RLIM_INFINITY};
    static_cast<void>(::prlimit(process_.id(), RLIMIT_CPU, &limits, nullptr));
}

std::string HostProcess::fate() {
    int status = 0;
    if (!process_.endsBy(std::chrono::steady_clock::now() + kTimeToEnd, status))
        return "it closed its connection";
    return fateOf(status);
}

} // namespace hookgate::plugin::isolation
