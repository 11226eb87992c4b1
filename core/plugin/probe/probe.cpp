#include "core/plugin/probe/probe.hpp"

#include "core/base/file_descriptor.hpp"
#include "core/base/text.hpp"
#include "core/plugin/child_process.hpp"
#include "core/plugin/probe/messages.hpp"
#include "core/plugin/sealed_copy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kToldBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kTextBytesMax = 2000;

std::string message(int error) {
    return std::generic_category().message(error);
}

// The child's words may be the plugin's: one line of text, and not too much of it.
std::string presentable(std::string_view text) {
    auto shown = base::repairUtf8(text.substr(0, kTextBytesMax));
    std::ranges::replace_if(
        shown, [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }, ' ');
    return shown;
}

// What the child told so far.
struct Told {
    std::string doing = "starting";
    std::string problem{};
    bool passed = false;

    void take(std::string_view text) {
        if (text.empty()) return;
        const auto rest = presentable(text.substr(1));
        if (text.front() == kDoing) doing = rest;
        if (text.front() == kProblem) problem = rest;
        if (text.front() == kPassed) passed = true;
    }
};

// Reads until the child closes its end, or says its last word. False: the time is over.
bool listen(int descriptor, Clock::time_point deadline, Told& told) {
    std::string pending;
    std::size_t bytes = 0;
    std::array<char, 4096> chunk{};
    while (told.problem.empty() && !told.passed && bytes < kToldBytesMax) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return false;
        pollfd readable{.fd = descriptor, .events = POLLIN, .revents = 0};
        if (::poll(&readable, 1, static_cast<int>(left.count())) <= 0) continue;
        const auto got = ::read(descriptor, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        bytes += static_cast<std::size_t>(got);
        pending.append(chunk.data(), static_cast<std::size_t>(got));
        for (auto end = pending.find('\0'); end != std::string::npos; end = pending.find('\0')) {
            told.take(std::string_view{pending}.substr(0, end));
            pending.erase(0, end + 1);
        }
    }
    return true;
}

} // namespace

Probe::Probe(Options options) : options_{std::move(options)} {}

std::string Probe::operator()(std::string_view name, std::string_view bytes) const {
    const auto copy = sealedCopy(name, bytes);
    if (!copy) return copy.error();
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return "it could not be tried in a process of its own: " + message(errno);
    const base::FileDescriptor output{ends[0]};
    base::FileDescriptor input{ends[1]};

    std::vector<std::string> arguments{"hookgate"};
    arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
    arguments.emplace_back(std::to_string(options_.cpu_time_limit.count()));
    arguments.emplace_back(name);
    auto child =
        ChildProcess::start({options_.program, std::move(arguments), copy->get(), input.get()});
    if (!child) return "it could not be tried in a process of its own: " + child.error();
    input.close();

    Told told;
    const auto deadline = Clock::now() + options_.time_limit;
    int status = 0;
    const bool in_time = listen(output.get(), deadline, told);
    if (!told.problem.empty()) return told.problem;
    if (told.passed) return {};
    if (in_time && child->endsBy(deadline, status)) return fateOf(status) + " while " + told.doing;
    return "it was not done after " + std::to_string(options_.time_limit.count()) + " ms while " +
           told.doing;
}

} // namespace hookgate::plugin
