#include "core/http/loop.hpp"

#include "core/base/clock.hpp"
#include "core/http/reply_writer.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hookgate::http {
namespace {

constexpr std::uint64_t kListenerData = 0;
constexpr std::uint64_t kEventData = 1;
constexpr std::uint32_t kFirstConnectionId = 2;
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kCheckInterval{100};

thread_local const Loop* this_threads_loop = nullptr;

Descriptor openSpare() noexcept {
    return Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

} // namespace

Loop::Loop(Descriptor listener, const ConnectionContext& context)
    : listener_{std::move(listener)},
      epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      event_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)},
      spare_{openSpare()},
      context_{context},
      buffer_(kReadBytes, '\0') {
    if (!epoll_.isOpen() || !event_.isOpen())
        throw std::runtime_error{std::string{"cannot make an epoll loop: "} + std::strerror(errno)};
    tell(EPOLLIN | EPOLLEXCLUSIVE, kListenerData, listener_);
    tell(EPOLLIN, kEventData, event_);
}

void Loop::tell(std::uint32_t events, std::uint64_t data, const Descriptor& descriptor) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = data;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0)
        throw std::runtime_error{std::string{"epoll_ctl: "} + std::strerror(errno)};
}

void Loop::run() {
    this_threads_loop = this;
    std::array<epoll_event, 256> events{};
    refreshMoment();
    while (!stopping_) {
        const int timeout = connections_.empty() && listener_.isOpen()
                                ? -1
                                : static_cast<int>(kCheckInterval.count());
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
        refreshMoment();
        for (int i = 0; i < count; ++i)
            handleEvent(events[static_cast<std::size_t>(i)].data.u64,
                        events[static_cast<std::size_t>(i)].events);
        takeReplies();
        if (draining_ && listener_.isOpen()) stopListening();
        if (moment_.now >= next_check_) checkDeadlines();
    }
    {
        const std::lock_guard lock{mutex_};
        ended_ = true;
        arrived_.clear();
    }
    for (const auto& [id, watched] : connections_)
        context_.limits.leave(watched.connection->peerAddress(), watched.limited_by_peer);
    connections_.clear();
    listener_.close();
}

void Loop::refreshMoment() {
    const base::SystemClock clock;
    moment_.now = std::chrono::steady_clock::now();
    moment_.unix_ms = clock.unixMs();
    moment_.draining = draining_;
    if (moment_.unix_ms / 1000 != date_second_) {
        date_second_ = moment_.unix_ms / 1000;
        date_ = httpDate(moment_.unix_ms);
    }
    moment_.date = date_;
}

void Loop::handleEvent(std::uint64_t data, std::uint32_t events) {
    if (data == kListenerData) return acceptWaiting();
    if (data == kEventData) {
        std::uint64_t count = 0;
        static_cast<void>(::read(event_.get(), &count, sizeof count) == 0);
        return;
    }
    const auto id = static_cast<std::uint32_t>(data);
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    auto& watched = found->second;
    auto state = Connection::State::Open;
    if ((events & EPOLLIN) != 0) state = watched.connection->readable(buffer_, moment_);
    if (state == Connection::State::Open && (events & EPOLLOUT) != 0)
        state = watched.connection->writable(moment_);
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0)
        state = Connection::State::Gone;
    conclude(id, watched, state);
}

void Loop::acceptWaiting() {
    for (int i = 0; i < kAcceptsPerTurn && listener_.isOpen(); ++i) {
        auto accepted = acceptFrom(listener_);
        if (accepted.exhausted) return shedOne();
        if (!accepted.socket.isOpen()) return;
        admit(std::move(accepted));
    }
}

// Without a free descriptor the connection would wait in the backlog and epoll would report it for
// ever.
void Loop::shedOne() {
    context_.observer.rejected("no_descriptor", {});
    spare_.close();
    static_cast<void>(acceptFrom(listener_));
    spare_ = openSpare();
}

void Loop::admit(Accepted accepted) {
    const auto& trusted = context_.options.is_trusted_proxy;
    const bool limited = !(trusted && trusted(accepted.peer_address));
    if (!context_.limits.admit(accepted.peer_address, limited)) {
        context_.observer.rejected("too_many_connections", accepted.peer_address);
        return;
    }
    do {
        next_id_ = next_id_ == UINT32_MAX ? kFirstConnectionId : next_id_ + 1;
    } while (connections_.contains(next_id_));
    const auto id = next_id_;
    auto connection =
        std::make_unique<Connection>(std::move(accepted.socket), std::move(accepted.peer_address),
                                     id, shared_from_this(), context_, moment_);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection->descriptor(), &event) != 0) {
        context_.limits.leave(connection->peerAddress(), limited);
        return;
    }
    connections_.emplace(id, Watched{std::move(connection), EPOLLIN, limited});
}

void Loop::conclude(std::uint32_t id, Watched& watched, Connection::State state) {
    if (state == Connection::State::Gone) {
        context_.limits.leave(watched.connection->peerAddress(), watched.limited_by_peer);
        connections_.erase(id);
        return;
    }
    const auto interest = watched.connection->interest();
    if (interest == watched.interest) return;
    watched.interest = interest;
    epoll_event event{};
    event.events = interest;
    event.data.u64 = id;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watched.connection->descriptor(), &event);
}

void Loop::takeReplies() {
    std::vector<Arrived> arrived;
    {
        const std::lock_guard lock{mutex_};
        arrived.swap(arrived_);
        woken_ = false;
    }
    // All answers of a connection first, so that they leave in one write.
    std::vector<std::uint32_t> touched;
    for (auto& [ticket, reply] : arrived) {
        const auto id = static_cast<std::uint32_t>(ticket >> 32);
        const auto found = connections_.find(id);
        if (found == connections_.end()) continue;
        found->second.connection->answer(static_cast<std::uint32_t>(ticket), std::move(reply),
                                         moment_);
        if (touched.empty() || touched.back() != id) touched.push_back(id);
    }
    for (const auto id : touched) {
        const auto found = connections_.find(id);
        if (found != connections_.end())
            conclude(id, found->second, found->second.connection->settle(moment_));
    }
}

void Loop::checkDeadlines() {
    next_check_ = moment_.now + kCheckInterval;
    std::vector<std::uint32_t> ids;
    ids.reserve(connections_.size());
    for (const auto& [id, watched] : connections_)
        ids.push_back(id);
    for (const auto id : ids) {
        auto& watched = connections_.at(id);
        conclude(id, watched, watched.connection->checkDeadlines(moment_));
    }
}

void Loop::stopListening() {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
    listener_.close();
    moment_.draining = true;
    checkDeadlines();
}

void Loop::deliver(std::uint64_t ticket, Reply reply) noexcept {
    bool wakes = false;
    {
        const std::lock_guard lock{mutex_};
        if (ended_) return;
        arrived_.push_back({ticket, std::move(reply)});
        wakes = !std::exchange(woken_, true);
    }
    // On its own thread the loop looks before it sleeps.
    if (wakes && this_threads_loop != this) wake();
}

void Loop::wake() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(::write(event_.get(), &one, sizeof one) == 0);
}

void Loop::drain() noexcept {
    draining_ = true;
    wake();
}

void Loop::stop() noexcept {
    stopping_ = true;
    wake();
}

} // namespace hookgate::http
