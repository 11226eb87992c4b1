#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookgate::http::test {

constexpr std::chrono::milliseconds kPatience{5'000};

// The answer to a request as a client sees it.
struct Answer {
    int status = 0;
    std::string head; // with its empty line
    std::string body;

    // Value of a header, empty when absent. `name` as the server writes it.
    std::string header(std::string_view name) const;
};

// A client that sends any bytes and reads answers one by one. One thread.
class Peer {
public:
    explicit Peer(std::uint16_t port);
    // Takes a socket that is not connected yet.
    Peer(int socket, std::uint16_t port);
    ~Peer();
    Peer(Peer&& other) noexcept;
    Peer& operator=(Peer&&) = delete;

    // False when the connection was refused.
    bool isConnected() const noexcept { return connected_; }

    // False when the server has gone.
    bool send(std::string_view bytes);
    // What fits into the socket buffers now.
    std::size_t sendSome(std::string_view bytes);
    void shutdownSend();
    // Nothing: the server closed or `patience` ran out. `head_only`: an answer to HEAD.
    std::optional<Answer> receive(bool head_only = false,
                                  std::chrono::milliseconds patience = kPatience);
    // The server closes without another byte.
    bool seesEnd(std::chrono::milliseconds patience = kPatience);

private:
    void connect(std::uint16_t port);
    bool fill(std::chrono::steady_clock::time_point deadline);

    int socket_;
    bool connected_ = false;
    std::string received_;
};

} // namespace hookgate::http::test
