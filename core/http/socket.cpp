#include "core/http/socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::http {
namespace {

constexpr int kBacklog = 4096;

sockaddr* generic(sockaddr_storage& address) noexcept {
    return static_cast<sockaddr*>(static_cast<void*>(&address));
}

std::string numericAddress(const sockaddr_storage& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
            ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
        else
            ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

void setOption(int socket, int level, int option) noexcept {
    const int on = 1;
    ::setsockopt(socket, level, option, &on, sizeof on);
}

} // namespace

Descriptor::~Descriptor() {
    close();
}

void Descriptor::close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Descriptor listenOn(const std::string& host, std::uint16_t port) {
    const auto where = host + ":" + std::to_string(port);
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error != 0)
        throw std::runtime_error{"cannot listen on " + where + ": " + ::gai_strerror(error)};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};

    Descriptor socket{::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    // Not SO_REUSEPORT: two processes must not share an address without knowing.
    if (socket.isOpen()) setOption(socket.get(), SOL_SOCKET, SO_REUSEADDR);
    if (!socket.isOpen() || ::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
        ::listen(socket.get(), kBacklog) != 0)
        throw std::runtime_error{"cannot listen on " + where + ": " + std::strerror(errno)};
    return socket;
}

std::uint16_t portOf(const Descriptor& socket) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket.get(), generic(address), &size) != 0) return 0;
    sockaddr_in v4{}; // the port has the same place in both families
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
}

Accepted acceptFrom(const Descriptor& listener) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int socket =
        ::accept4(listener.get(), generic(address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0)
        return {Descriptor{},
                {},
                errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM};
    setOption(socket, IPPROTO_TCP, TCP_NODELAY);
    return {Descriptor{socket}, numericAddress(address), false};
}

} // namespace hookgate::http
