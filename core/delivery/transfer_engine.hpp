#pragma once

#include "core/delivery/socket_watch.hpp"
#include "core/delivery/transfer.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <curl/curl.h>

namespace hookgate::delivery {

// Moves the bytes of all transfers in flight: libcurl's multi interface over epoll. Belongs to one
// thread, but for wake().
class TransferEngine {
public:
    struct Ended {
        std::unique_ptr<Transfer> transfer;
        CURLcode code = CURLE_OK;
    };

    // Keeps at most this many connections for reuse.
    explicit TransferEngine(std::size_t connections_max);
    ~TransferEngine(); // as cutOff()
    TransferEngine(const TransferEngine&) = delete;
    TransferEngine& operator=(const TransferEngine&) = delete;

    SocketWatch& watch() noexcept { return watch_; }

    // REQUIRES: transfer->begin() was called. False: libcurl refused, the transfer is untouched.
    bool add(std::unique_ptr<Transfer>& transfer);

    std::size_t inFlight() const noexcept { return flying_.size(); }

    // Sends what was added, waits up to `patience` for the network, and appends what has ended.
    void run(std::chrono::milliseconds patience, std::vector<Ended>& ended);

    // From any thread: ends a run() that waits now or begins later.
    void wake() const noexcept { watch_.wake(); }

    // Breaks off everything in flight.
    std::vector<std::unique_ptr<Transfer>> cutOff();

private:
    using Steady = std::chrono::steady_clock;

    static int onSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* unused);
    static int onTimer(CURLM* multi, long timeout_ms, void* self);

    void runTimer();
    void collect(std::vector<Ended>& ended);
    std::unique_ptr<Transfer> land(Transfer& transfer);

    SocketWatch watch_; // first: libcurl closes its sockets through it at the end
    CURLM* multi_;
    std::optional<Steady::time_point> timer_;
    std::vector<std::unique_ptr<Transfer>> flying_;
};

} // namespace hookgate::delivery
