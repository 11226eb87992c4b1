#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hookgate::plugin {

// A process of ours that runs plugin code: started afresh (posix_spawn), so that it shares no
// memory, lock or thread with this one, in a process group of its own. Killed with its group and
// waited for by the destructor at the latest. Not thread-safe.
class ChildProcess {
public:
    struct Options {
        std::string program{};
        std::vector<std::string> arguments{}; // the program's name first
        int input = -1;                       // its standard input
        int output = -1;                      // its standard output; all others are closed
    };

    // The error is for the operator.
    static base::Result<ChildProcess, std::string> start(const Options& options);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    pid_t id() const noexcept { return id_; }

    void kill() const noexcept;
    // False: it has not ended by the deadline. `status` as waitpid(2) gives it.
    bool endsBy(std::chrono::steady_clock::time_point deadline, int& status) noexcept;

private:
    explicit ChildProcess(pid_t id) noexcept : id_{id} {}

    pid_t id_ = 0; // 0: it was waited for
};

// How a process ended, as a sentence about the plugin that it ran.
std::string fateOf(int status);

} // namespace hookgate::plugin
