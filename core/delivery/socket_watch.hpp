#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include <curl/curl.h>

namespace hookgate::delivery {

// epoll under libcurl's multi interface, so that a thousand silent callbacks cost the busy ones
// nothing. Interest is withdrawn from the kernel only when it proves wrong: a kept-alive connection
// would otherwise cost two system calls for each send. Belongs to one thread, but for wake().
class SocketWatch {
public:
    SocketWatch(); // throws std::system_error
    ~SocketWatch();
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;

    // libcurl's socket callback: CURL_POLL_IN, _OUT, _INOUT or _REMOVE.
    void want(curl_socket_t socket, int what);
    // The socket is about to be closed.
    void forget(curl_socket_t socket) noexcept;

    // Waits for sockets, wake() or the time, then reports each ready socket with CURL_CSELECT_
    // bits.
    void dispatch(std::chrono::milliseconds patience,
                  const std::function<void(curl_socket_t, int)>& ready);

    // From any thread: ends a dispatch() that waits now or begins later.
    void wake() const noexcept;

private:
    struct Watched {
        std::uint32_t registered = 0; // epoll bits in the kernel
        std::uint32_t wanted = 0;
        std::uint64_t since = 0; // the dispatch that was under way when it was registered
    };

    void update(curl_socket_t socket, std::uint32_t bits);

    int epoll_ = -1;
    int event_ = -1;
    std::uint64_t round_ = 1;
    std::vector<Watched> watched_; // by file descriptor
};

} // namespace hookgate::delivery
