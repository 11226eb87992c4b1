#pragma once

#include "core/http/connection.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace hookgate::http {

// One I/O thread's epoll: accepts, moves bytes, keeps deadlines, and takes replies from any thread
// in batches. Kept alive by the completions that were given out; after run() has returned it drops
// what they say.
class Loop final : public ReplySink, public std::enable_shared_from_this<Loop> {
public:
    // `listener`: this loop's own descriptor of the shared socket. `context` outlives run(). Throws
    // std::runtime_error.
    Loop(Descriptor listener, const ConnectionContext& context);

    // Until stop(). On the loop's thread.
    void run();

    void deliver(std::uint64_t ticket, Reply reply) noexcept override;
    // From any thread.
    void drain() noexcept;
    void stop() noexcept;

private:
    struct Arrived {
        std::uint64_t ticket;
        Reply reply;
    };

    struct Watched {
        std::unique_ptr<Connection> connection;
        std::uint32_t interest;
        bool limited_by_peer;
        SteadyTime scheduled; // its entry in deadlines_
    };

    // False: epoll cannot.
    bool watch(int descriptor, std::uint32_t events, std::uint64_t data) noexcept;
    void wake() noexcept;
    int waitMs();
    void refreshMoment();
    void handleEvent(std::uint64_t data, std::uint32_t events);
    Connection::State step(Connection& connection, std::uint32_t events);
    void acceptWaiting();
    void shed();
    void turnAway(const Accepted& accepted);
    void admit(Accepted accepted);
    void takeReplies();
    void checkDeadlines();
    void pauseListening();
    void resumeListening();
    void closeListener();
    void drainConnections();
    // Applies what a step of a connection came to.
    void conclude(std::uint32_t id, Connection::State state);

    Descriptor listener_;
    Descriptor epoll_;
    Descriptor event_;
    Descriptor spare_; // given up for a moment when descriptors run out, to refuse politely
    const ConnectionContext& context_;
    LateBodies late_bodies_;
    Deadlines deadlines_;
    std::unordered_map<std::uint32_t, Watched> connections_;
    std::uint32_t next_id_ = 2;
    std::string buffer_; // what every read goes through
    std::string date_;
    base::UnixMs date_second_ = 0;
    Connection::Moment moment_{};
    bool listening_paused_ = false;
    SteadyTime pause_ends_;
    bool drained_ = false;
    std::vector<Arrived> taken_;         // scratch of takeReplies
    std::vector<std::uint32_t> touched_; // likewise
    std::atomic<bool> draining_{false};
    std::atomic<bool> stopping_{false};

    // True while the thread waits, or is about to, without having seen everything in arrived_.
    std::atomic<bool> asleep_{false};
    std::mutex mutex_;
    std::vector<Arrived> arrived_; // under mutex_
    bool ended_ = false;           // under mutex_
};

} // namespace hookgate::http
