#pragma once

#include "core/base/log.hpp"
#include "core/store/postgresql/context.hpp"
#include "core/store/postgresql/incarnation.hpp"
#include "core/store/postgresql/session.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace hookgate::store::postgresql {

// The thread that tells the other nodes of work that anybody may claim, and hears of theirs, on a
// connection of its own: NOTIFY within the transactions that make work would put all commits of the
// server one behind the other. It also makes partitions ahead of their use.
class WorkSignal {
public:
    // `heard` is called on the signal's thread: another node has made work, or may have while the
    // connection was away.
    WorkSignal(ConnectOptions options, std::string node, std::function<void()> heard,
               const Context& context, base::Log& log);
    ~WorkSignal();
    WorkSignal(const WorkSignal&) = delete;
    WorkSignal& operator=(const WorkSignal&) = delete;

    // Safe to call from any thread; cheap when it was called a moment ago.
    void tell() noexcept;

    // Of the database; nil while the connection is away.
    base::Uuid incarnation() const noexcept { return incarnation_.get(); }

private:
    using Clock = std::chrono::steady_clock;

    void loop();
    // Returns how long the thread may sleep.
    std::chrono::milliseconds turn(Connection& connection);
    void wake() noexcept;

    const std::string node_;
    const std::function<void()> heard_;
    const Context& context_;
    base::Log& log_;
    Incarnation incarnation_;
    Session session_;
    const int wakeup_; // an eventfd
    std::atomic<bool> to_tell_{false};
    std::atomic<bool> stopping_{false};
    Clock::time_point next_telling_{};
    Clock::time_point next_partitions_{};
    std::jthread thread_;
};

} // namespace hookgate::store::postgresql
