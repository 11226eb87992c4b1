#include "core/plugin/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

constexpr std::chrono::milliseconds kReapInterval{1};
constexpr int kFirstOther = 3;

// What posix_spawn is told; each call is checked by nobody, since a failure shows in the spawn.
class SpawnPlan {
public:
    SpawnPlan(int input, int output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
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

} // namespace

base::Result<ChildProcess, std::string> ChildProcess::start(const Options& options) {
    auto arguments = options.arguments;
    auto environment = environmentOfChild();
    auto argument_pointers = pointers(arguments);
    auto environment_pointers = pointers(environment);
    pid_t id = 0;
    const int error = SpawnPlan{options.input, options.output}.spawn(
        id, options.program, argument_pointers, environment_pointers);
    if (error != 0) return base::Error{std::generic_category().message(error)};
    return ChildProcess{id};
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : id_{std::exchange(other.id_, 0)} {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (id_ == 0) return;
    kill();
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {}
}

void ChildProcess::kill() const noexcept {
    if (id_ == 0) return;
    ::kill(-id_, SIGKILL);
    ::kill(id_, SIGKILL);
}

bool ChildProcess::endsBy(std::chrono::steady_clock::time_point deadline, int& status) noexcept {
    while (true) {
        const auto ended = ::waitpid(id_, &status, WNOHANG);
        if (ended == id_ || (ended < 0 && errno != EINTR)) {
            ::kill(-id_, SIGKILL); // what it started and left
            id_ = 0;
            return true;
        }
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(kReapInterval);
    }
}

std::string fateOf(int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return "it used up its CPU time";
    if (WIFSIGNALED(status))
        return "it crashed with signal " + std::to_string(WTERMSIG(status)) + " (" +
               ::sigdescr_np(WTERMSIG(status)) + ")";
    return "it ended the process with code " + std::to_string(WEXITSTATUS(status));
}

} // namespace hookgate::plugin
