#include "core/plugin/probe/probe.hpp"

#include "core/base/file_descriptor.hpp"
#include "core/base/text.hpp"
#include "core/plugin/probe/messages.hpp"
#include "core/plugin/sealed_copy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kToldBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kTextBytesMax = 2000;
constexpr std::chrono::milliseconds kReapInterval{2};
// Where the child finds what it reads and writes.
constexpr int kInput = STDIN_FILENO;
constexpr int kOutput = STDOUT_FILENO;
constexpr int kFirstOther = 3;

std::string message(int error) {
    return std::generic_category().message(error);
}

// What posix_spawn is told; each call is checked by nobody, since a failure shows in the spawn.
class SpawnPlan {
public:
    SpawnPlan(int input, int output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, input, kInput);
        ::posix_spawn_file_actions_adddup2(&actions_, output, kOutput);
        ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstOther);
        ::posix_spawnattr_init(&attributes_);
        // The gateway's threads block signals; a child must not inherit that. A group of its own is
        // killed with all it has started.
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }

    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    // 0, or what errno would be.
    int spawn(pid_t& child, const std::string& program, std::vector<char*>& arguments,
              std::vector<char*>& environment) const {
        return ::posix_spawn(&child, program.c_str(), &actions_, &attributes_, arguments.data(),
                             environment.data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

// None of the gateway's secrets: only what decides how libraries are found and sanitizers behave.
std::vector<std::string> environmentOfChild() {
    std::vector<std::string> environment;
    for (const auto* const name :
         {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const auto* const value = std::getenv(name)) // NOLINT(concurrency-mt-unsafe)
            environment.push_back(std::string{name} + "=" + value);
    return environment;
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

// A process that is there until it is waited for, and gone afterwards.
class Child {
public:
    explicit Child(pid_t id) noexcept : id_{id} {}

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    ~Child() {
        if (waited_) return;
        ::kill(-id_, SIGKILL);
        ::kill(id_, SIGKILL);
        while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {}
    }

    // False: it has not ended by the deadline.
    bool endsBy(Clock::time_point deadline, int& status) {
        while (true) {
            const auto ended = ::waitpid(id_, &status, WNOHANG);
            if (ended == id_ || (ended < 0 && errno != EINTR)) {
                waited_ = true;
                ::kill(-id_, SIGKILL); // what it started and left
                return true;
            }
            if (Clock::now() >= deadline) return false;
            std::this_thread::sleep_for(kReapInterval);
        }
    }

private:
    pid_t id_;
    bool waited_ = false;
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

std::string fate(int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return "it used up its CPU time";
    if (WIFSIGNALED(status))
        return "it crashed with signal " + std::to_string(WTERMSIG(status)) + " (" +
               ::sigdescr_np(WTERMSIG(status)) + ")";
    return "it ended the process with code " + std::to_string(WEXITSTATUS(status));
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
    auto environment = environmentOfChild();
    auto argument_pointers = pointers(arguments);
    auto environment_pointers = pointers(environment);
    pid_t id = 0;
    if (const int error = SpawnPlan{copy->get(), input.get()}.spawn(
            id, options_.program, argument_pointers, environment_pointers);
        error != 0)
        return "it could not be tried in a process of its own: " + message(error);
    input.close();

    Child child{id};
    Told told;
    const auto deadline = Clock::now() + options_.time_limit;
    int status = 0;
    const bool in_time = listen(output.get(), deadline, told);
    if (!told.problem.empty()) return told.problem;
    if (told.passed) return {};
    if (in_time && child.endsBy(deadline, status)) return fate(status) + " while " + told.doing;
    return "it was not done after " + std::to_string(options_.time_limit.count()) + " ms while " +
           told.doing;
}

} // namespace hookgate::plugin
