#pragma once

#include "core/plugin/instance_host.hpp"
#include "core/plugin/isolation/starter.hpp"
#include "core/plugin/provider.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::isolation {

// The processes of one instance. One call at a time runs in a process, so that ending it ends
// nothing else; more are started when calls wait for one. What ended is started again after a pause
// that grows from failure to failure and stays below a second. Safe to use from any thread.
class HostPool : public std::enable_shared_from_this<HostPool> {
public:
    struct Options {
        HostProgram program{};
        std::string create{}; // the question that makes the instance
        std::size_t processes_max = 2;
    };

    // What a call may take: so much CPU time, and so much time altogether.
    struct Limits {
        std::chrono::milliseconds cpu_time{};
        std::chrono::milliseconds time{};
    };

    // `host` is for the plugin's lines. All outlive the pool but what it holds.
    HostPool(Options options, std::unique_ptr<const InstanceHost> host, Starter& starter,
             base::Log& log, InstanceHost::Identity identity);

    // The first process. REQUIRES: nobody calls yet.
    void add(std::unique_ptr<HostProcess> process);

    // The payload of the answer, at most `answer_bytes_max` of it; Unavailable when there is none,
    // NotAsked when no process took the question. One that died while it was idle is replaced.
    base::Result<std::string, CallError> ask(std::string_view question,
                                             std::size_t answer_bytes_max, const Limits& limits);

    // A plugin's words as they may be logged.
    std::string presentable(std::string_view text) const { return host_->presentable(text); }

private:
    using Time = std::chrono::steady_clock::time_point;

    // `asked`: the call may have run.
    struct NoAnswer {
        std::string why{};
        bool asked = true;
    };

    using Answer = base::Result<std::string, NoAnswer>;

    std::unique_ptr<HostProcess> acquire(std::chrono::milliseconds patience);
    void release(std::unique_ptr<HostProcess> process);
    // Those that ended beside it while they were idle are part of the same failure.
    void lost(std::unique_ptr<HostProcess> process, const std::string& why);
    // Idle ones that have ended, or talk unasked: their next answer would be to something else.
    // REQUIRES: mutex_ is held
    std::vector<std::unique_ptr<HostProcess>> takeUnusable();
    void logLoss(const std::string& why, std::chrono::milliseconds pause) const;
    void startOne(std::chrono::milliseconds delay); // REQUIRES: mutex_ is held
    void started(Starter::Started result);

    Answer converse(HostProcess& process, std::string_view question, std::size_t answer_bytes_max,
                    const Limits& limits) const;
    static NoAnswer whyUnusable(HostProcess& process);
    static base::Error<NoAnswer> endOf(Channel::Result result, HostProcess& process,
                                       bool asked = true);
    bool takeLine(const Frame& frame) const;

    const Options options_;
    const std::unique_ptr<const InstanceHost> host_;
    Starter& starter_;
    base::Log& log_;
    const InstanceHost::Identity identity_;

    std::mutex mutex_;
    std::condition_variable released_;
    std::vector<std::unique_ptr<HostProcess>> idle_;
    std::size_t running_ = 0; // idle and busy ones
    std::size_t starting_ = 0;
    unsigned failures_ = 0; // since the last call that succeeded
};

} // namespace hookgate::plugin::isolation
