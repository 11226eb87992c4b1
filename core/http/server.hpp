#pragma once

#include "core/http/router.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::http {

// What the edge tells of itself, for metrics and logs. Called on I/O threads; must not block.
class Observer {
public:
    virtual ~Observer() = default;
    // A request that never reached a handler; `reason` is one of a small fixed set ("bad_framing",
    // ...).
    virtual void rejected(std::string_view reason, std::string_view peer_address) noexcept = 0;
    // Any answer that was written, with its status.
    virtual void answered(int status) noexcept = 0;
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0; // 0: any free one, see Server::port()
    int io_threads = 1;

    std::size_t header_bytes_max = 16 * 1024;
    std::size_t header_count_max = 100;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t buffered_bytes_max =
        64 * 1024 * 1024; // bodies of all connections that are not answered yet
    std::size_t pipelined_max = 16;
    std::size_t connections_max = 10'000;
    std::size_t connections_per_peer_max = 1024;
    std::function<bool(std::string_view)>
        is_trusted_proxy; // these have no per-peer limit; may be empty

    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::size_t body_bytes_per_second_min =
        500; // below it the connection is closed, after a grace of 5 s
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds write_timeout{30'000};
};

// The HTTP/1.1 edge: epoll and llhttp on I/O threads of its own. The router, authorizer and
// observer outlive it. start() throws std::runtime_error with the address and the reason when it
// cannot listen.
class Server {
public:
    Server(ServerOptions options, const Router& router, Authorizer& authorizer, Observer& observer);
    ~Server(); // stops at once
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void start();
    std::uint16_t port() const noexcept;
    std::size_t connections() const noexcept;

    // From now on: no new connections, idle ones are closed, answers carry Connection: close.
    // Returns at once.
    void drain() noexcept;
    // Waits until every connection is gone; false when `patience` ran out first.
    bool waitDrained(std::chrono::milliseconds patience);
    // Ends the I/O threads and closes what is left.
    void stop() noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::http
