#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"
#include "core/plugin/isolation/host_process.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hookgate::plugin::isolation {

// A plugin host that has answered its first question.
struct StartedHost {
    std::unique_ptr<HostProcess> process{};
    std::string answer{};
};

// Starts plugin hosts on a thread of its own, any number at once, so that nobody who serves
// requests waits for one, and none of them waits for a hanging other. Outlives all that it started,
// which end with it. Safe to use from any thread.
class Starter {
public:
    using Started = base::Result<StartedHost, std::string>;
    // Called on the starter's thread, or from its destructor; must not throw or wait.
    using Done = std::function<void(Started)>;

    Starter();
    ~Starter();
    Starter(const Starter&) = delete;
    Starter& operator=(const Starter&) = delete;

    // Starts the program after `delay`, asks it `question`, and hands over what came of it.
    void start(HostProgram program, std::string question, std::chrono::milliseconds delay,
               Done done);

    // The same at once, for somebody who may wait. Not for the starter's own thread.
    Started startAndWait(HostProgram program, std::string question);

private:
    using Time = std::chrono::steady_clock::time_point;

    struct Job {
        HostProgram program;
        std::string question;
        Done done;
        Time when{};                            // to start; then: to be done
        std::unique_ptr<HostProcess> process{}; // null: not started
        bool asked = false;
    };

    void run();
    void ring() const noexcept;
    void waitForWork(const std::list<Job>& jobs) const;
    // Whether the job is over.
    static bool advance(Job& job, Time now);

    base::FileDescriptor bell_;
    std::mutex mutex_;
    std::vector<Job> arrived_;
    bool ending_ = false;
    std::jthread thread_;
};

} // namespace hookgate::plugin::isolation
