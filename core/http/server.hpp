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
    // A request or connection that never reached a handler or was given up; `reason` is one of a
    // small fixed set: bad_framing, body_too_large, uri_too_long, headers_too_large,
    // content_encoding, bad_path, no_route, method_not_allowed, unauthorized, buffers_full,
    // too_many_connections, no_descriptor, header_timeout, body_timeout, body_too_slow,
    // slow_reader, answer_timeout, handler_failed, no_memory.
    virtual void rejected(std::string_view reason, std::string_view peer_address) noexcept = 0;
    // Any answer that was written, with its status.
    virtual void answered(int status) noexcept = 0;
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0; // 0: any free one, see Server::port()
    int io_threads = 1;

    std::size_t header_bytes_max = 16UL * 1024;
    std::size_t header_count_max = 100;
    std::size_t body_bytes_max = 1024UL * 1024;
    // Bodies of all connections until their handlers have answered, however late.
    std::size_t buffered_bytes_max = 64UL * 1024 * 1024;
    std::size_t pipelined_max = 16;
    std::size_t connections_max = 10'000;
    std::size_t connections_per_peer_max = 1024;
    // By numeric address: these have no per-peer limit. May be empty.
    std::function<bool(std::string_view)> is_trusted_proxy;

    // All absolute: sending a byte now and then gains nobody time.
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::size_t body_bytes_per_second_min = 500;      // below it the connection is closed...
    std::chrono::milliseconds body_rate_grace{5'000}; // ...after this
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
    // What counts against buffered_bytes_max now.
    std::size_t bufferedBytes() const noexcept;

    // From now on: no new connections, idle ones are closed, answers carry Connection: close.
    // Returns at once.
    void drain() noexcept;
    // Waits until the listening socket is closed and every connection gone; false when `patience`
    // ran out first.
    bool waitDrained(std::chrono::milliseconds patience);
    // Ends the I/O threads and closes what is left.
    void stop() noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::http
