#include "tests/unit/http/peer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::http::test {

std::string Answer::header(std::string_view name) const {
    const auto key = "\r\n" + std::string{name} + ": ";
    const auto at = head.find(key);
    if (at == std::string::npos) return {};
    const auto begin = at + key.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

Peer::Peer(std::uint16_t port) : Peer{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port} {}

Peer::Peer(int socket, std::uint16_t port) : socket_{socket} {
    connect(port);
}

Peer::Peer(Peer&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)},
      connected_{other.connected_},
      received_{std::move(other.received_)} {}

Peer::~Peer() {
    if (socket_ >= 0) ::close(socket_);
}

void Peer::connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    static_assert(sizeof generic >= sizeof address);
    std::memcpy(&generic, &address, sizeof address);
    connected_ = ::connect(socket_, &generic, sizeof address) == 0;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

std::size_t Peer::sendSome(std::string_view bytes) {
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
}

void Peer::shutdownSend() {
    ::shutdown(socket_, SHUT_WR);
}

bool Peer::fill(std::chrono::steady_clock::time_point deadline) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd poll{socket_, POLLIN, 0};
    if (::poll(&poll, 1, std::max(0, static_cast<int>(left.count()))) <= 0) return false;
    std::array<char, 16384> buffer{};
    const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

std::optional<Answer> Peer::receive(bool head_only, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto end = received_.find("\r\n\r\n");
    while (end == std::string::npos) {
        if (!fill(deadline)) return std::nullopt;
        end = received_.find("\r\n\r\n");
    }
    Answer answer;
    answer.head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    answer.status = std::stoi(answer.head.substr(9, 3));
    const auto length = answer.header("Content-Length");
    if (head_only || length.empty()) return answer;
    const auto size = std::stoul(length);
    while (received_.size() < size)
        if (!fill(deadline)) return std::nullopt;
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
}

bool Peer::seesEnd(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (received_.empty() && fill(deadline)) {}
    return received_.empty() && std::chrono::steady_clock::now() < deadline;
}

} // namespace hookgate::http::test
