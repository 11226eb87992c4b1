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
    // `listener`: this loop's own descriptor of the shared socket. Throws std::runtime_error.
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
    };

    void wake() noexcept;
    void tell(std::uint32_t events, std::uint64_t data, const Descriptor& descriptor);
    void refreshMoment();
    void handleEvent(std::uint64_t data, std::uint32_t events);
    void acceptWaiting();
    void shedOne();
    void admit(Accepted accepted);
    void takeReplies();
    void checkDeadlines();
    void stopListening();
    // Applies what a step of a connection came to.
    void conclude(std::uint32_t id, Watched& watched, Connection::State state);

    Descriptor listener_;
    Descriptor epoll_;
    Descriptor event_;
    Descriptor spare_; // given up for a moment when descriptors run out, to refuse politely
    const ConnectionContext& context_;
    std::unordered_map<std::uint32_t, Watched> connections_;
    std::uint32_t next_id_ = 2;
    std::string buffer_;
    std::string date_;
    base::UnixMs date_second_ = 0;
    Connection::Moment moment_{};
    SteadyTime next_check_;
    std::atomic<bool> draining_{false};
    std::atomic<bool> stopping_{false};

    std::mutex mutex_;
    std::vector<Arrived> arrived_;
    bool woken_ = false;
    bool ended_ = false;
};

} // namespace hookgate::http
