#include "core/delivery/socket_watch.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hookgate::delivery {
namespace {

constexpr std::size_t kEventsPerRound = 256;

std::uint32_t bitsOf(int what) noexcept {
    switch (what) {
        case CURL_POLL_IN:
            return EPOLLIN;
        case CURL_POLL_OUT:
            return EPOLLOUT;
        case CURL_POLL_INOUT:
            return EPOLLIN | EPOLLOUT;
        default:
            return 0;
    }
}

// An error is found by doing what was wanted.
int readyBits(std::uint32_t events, std::uint32_t wanted) noexcept {
    const auto effective = (events & (EPOLLERR | EPOLLHUP)) != 0 ? wanted : events & wanted;
    return ((effective & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
           ((effective & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

} // namespace

SocketWatch::SocketWatch()
    : epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = event_;
    if (epoll_ >= 0 && event_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &event) == 0)
        return;
    const int error = errno;
    if (epoll_ >= 0) ::close(epoll_);
    if (event_ >= 0) ::close(event_);
    throw std::system_error{error, std::generic_category(), "epoll"};
}

SocketWatch::~SocketWatch() {
    ::close(epoll_);
    ::close(event_);
}

void SocketWatch::update(curl_socket_t socket, std::uint32_t bits) {
    auto& watched = watched_[static_cast<std::size_t>(socket)];
    epoll_event event{};
    event.events = bits;
    event.data.fd = socket;
    int operation = EPOLL_CTL_MOD;
    if (watched.registered == 0)
        operation = EPOLL_CTL_ADD;
    else if (bits == 0)
        operation = EPOLL_CTL_DEL;
    if (::epoll_ctl(epoll_, operation, socket, &event) != 0) {
        watched.registered = 0; // its transfer ends by its deadline
        return;
    }
    if (watched.registered == 0) watched.since = round_;
    watched.registered = bits;
}

void SocketWatch::want(curl_socket_t socket, int what) {
    if (socket < 0) return;
    const auto index = static_cast<std::size_t>(socket);
    if (index >= watched_.size()) watched_.resize(index + 64);
    auto& watched = watched_[index];
    watched.wanted = bitsOf(what);
    const auto missing = watched.wanted & ~watched.registered;
    if (missing != 0) update(socket, watched.registered | watched.wanted);
}

void SocketWatch::forget(curl_socket_t socket) noexcept {
    const auto index = static_cast<std::size_t>(socket);
    if (socket >= 0 && index < watched_.size()) watched_[index] = {};
}

void SocketWatch::dispatch(std::chrono::milliseconds patience,
                           const std::function<void(curl_socket_t, int)>& ready) {
    std::array<epoll_event, kEventsPerRound> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(patience.count()));
    ++round_;
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const int socket = event.data.fd;
        if (socket == event_) {
            eventfd_t ignored = 0;
            ::eventfd_read(event_, &ignored);
            continue;
        }
        const auto& watched = watched_[static_cast<std::size_t>(socket)];
        // Closed since, and perhaps opened again under the same number.
        if (watched.registered == 0 || watched.since == round_) continue;
        const auto wanted = watched.wanted;
        if ((event.events & ~(wanted | EPOLLERR | EPOLLHUP)) != 0 || wanted == 0)
            update(socket, wanted);
        if (const int bits = readyBits(event.events, wanted); bits != 0) ready(socket, bits);
    }
}

void SocketWatch::wake() const noexcept {
    ::eventfd_write(event_, 1); // full means awake already
}

} // namespace hookgate::delivery
