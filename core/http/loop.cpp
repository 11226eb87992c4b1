#include "core/http/loop.hpp"

#include "core/base/clock.hpp"
#include "core/http/reply_writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::http {
namespace {

constexpr std::uint32_t kListenerId = 0; // also names the end of a pause in deadlines_
constexpr std::uint32_t kEventId = 1;
constexpr std::uint32_t kFirstConnectionId = 2;
constexpr std::size_t kReadBytes = 64UL * 1024;
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kListenerPause{100};
constexpr std::chrono::milliseconds kDeadlineGrain{1};
constexpr int kBusyRetryAfterS = 5;

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
    // Exclusive: a connection wakes one of the loops. Edge-triggered: the event is never read.
    if (!epoll_.isOpen() || !event_.isOpen() ||
        !watch(listener_.get(), EPOLLIN | EPOLLEXCLUSIVE, kListenerId) ||
        !watch(event_.get(), EPOLLIN | EPOLLET, kEventId))
        throw std::runtime_error{std::string{"cannot make an epoll loop: "} + std::strerror(errno)};
    context_.limits.listenerOpened();
}

bool Loop::watch(int descriptor, std::uint32_t events, std::uint64_t data) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.u64 = data;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Loop::run() {
    std::array<epoll_event, 256> events{};
    refreshMoment();
    while (!stopping_) {
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), waitMs());
        asleep_ = false;
        refreshMoment();
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            handleEvent(event.data.u64, event.events);
        }
        takeReplies();
        checkDeadlines();
        if (draining_ && !drained_) drainConnections();
    }
    {
        const std::lock_guard lock{mutex_};
        ended_ = true;
        arrived_.clear();
    }
    for (const auto& [id, watched] : connections_)
        context_.limits.leave(watched.connection->peerAddress(), watched.limited_by_peer);
    connections_.clear();
    closeListener();
}

// Announces the sleep before the last look at arrived_: a reply is either seen or wakes.
int Loop::waitMs() {
    const std::lock_guard lock{mutex_};
    if (!arrived_.empty() || stopping_ || (draining_ && !drained_)) return 0;
    asleep_ = true;
    return deadlines_.waitMs(std::chrono::steady_clock::now());
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
    if (data == kListenerId) return acceptWaiting();
    if (data == kEventId) return;
    const auto id = static_cast<std::uint32_t>(data);
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    auto state = Connection::State::Gone;
    try {
        state = step(*found->second.connection, events);
    } catch (const std::exception&) {
        // Out of memory: this connection pays for it, the others go on.
        context_.observer.rejected("no_memory", found->second.connection->peerAddress());
    }
    conclude(id, state);
}

Connection::State Loop::step(Connection& connection, std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0)
        return Connection::State::Gone;
    auto state = Connection::State::Open;
    if ((events & EPOLLIN) != 0) state = connection.readable(buffer_, moment_);
    if (state == Connection::State::Open && (events & EPOLLOUT) != 0)
        state = connection.writable(moment_);
    return state;
}

void Loop::acceptWaiting() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        auto accepted = acceptFrom(listener_);
        if (accepted.exhausted) return shed();
        if (!accepted.socket.isOpen()) return;
        admit(std::move(accepted));
    }
}

// Without a free descriptor a connection would wait in the backlog, and epoll report it for ever.
void Loop::shed() {
    context_.observer.rejected("no_descriptor", {});
    spare_.close();
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        const auto accepted = acceptFrom(listener_);
        if (!accepted.socket.isOpen()) {
            if (accepted.exhausted) pauseListening(); // another thread was faster
            break;
        }
        turnAway(accepted);
    }
    spare_ = openSpare();
    if (!spare_.isOpen()) pauseListening();
}

// The socket is new, so that the answer fits into its buffer.
void Loop::turnAway(const Accepted& accepted) {
    std::string answer;
    appendResponse(
        answer,
        errorReply(ErrorCode::DependencyUnavailable, "too many connections", kBusyRetryAfterS),
        moment_.date, false, false);
    const int socket = accepted.socket.get();
    static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    ::shutdown(socket, SHUT_WR);
    // What is read does not reset the connection under the answer.
    static_cast<void>(::recv(socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT));
}

void Loop::admit(Accepted accepted) {
    const auto& trusted = context_.options.is_trusted_proxy;
    const bool limited = !(trusted && trusted(accepted.peer_address));
    if (!context_.limits.admit(accepted.peer_address, limited)) {
        context_.observer.rejected("too_many_connections", accepted.peer_address);
        return turnAway(accepted);
    }
    do {
        next_id_ = next_id_ == UINT32_MAX ? kFirstConnectionId : next_id_ + 1;
    } while (connections_.contains(next_id_));
    const auto id = next_id_;
    auto connection = std::make_unique<Connection>(std::move(accepted), id, shared_from_this(),
                                                   context_, late_bodies_, moment_);
    if (!watch(connection->descriptor(), EPOLLIN, id)) {
        context_.limits.leave(connection->peerAddress(), limited);
        return;
    }
    const auto deadline = connection->nextDeadline();
    deadlines_.add(id, deadline);
    connections_.emplace(id, Watched{std::move(connection), EPOLLIN, limited, deadline});
}

void Loop::conclude(std::uint32_t id, Connection::State state) {
    const auto found = connections_.find(id);
    auto& watched = found->second;
    if (state == Connection::State::Gone) {
        deadlines_.remove(id, watched.scheduled);
        context_.limits.leave(watched.connection->peerAddress(), watched.limited_by_peer);
        connections_.erase(found);
        return;
    }
    const auto deadline = watched.connection->nextDeadline();
    if (deadline < watched.scheduled || watched.scheduled <= moment_.now) {
        const auto next = std::max(deadline, moment_.now + kDeadlineGrain);
        deadlines_.move(id, watched.scheduled, next);
        watched.scheduled = next;
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
    {
        const std::lock_guard lock{mutex_};
        taken_.swap(arrived_);
    }
    // All answers of a connection first, so that they leave in one write.
    for (auto& [ticket, reply] : taken_) {
        const auto id = static_cast<std::uint32_t>(ticket >> 32);
        const auto found = connections_.find(id);
        const bool in_time =
            found != connections_.end() &&
            found->second.connection->answer(static_cast<std::uint32_t>(ticket), std::move(reply));
        if (!in_time)
            context_.limits.free(late_bodies_.take(ticket));
        else if (touched_.empty() || touched_.back() != id)
            touched_.push_back(id);
    }
    taken_.clear();
    for (const auto id : touched_) {
        const auto found = connections_.find(id);
        if (found != connections_.end()) conclude(id, found->second.connection->settle(moment_));
    }
    touched_.clear();
}

void Loop::checkDeadlines() {
    while (const auto id = deadlines_.due(moment_.now)) {
        if (*id == kListenerId)
            resumeListening();
        else
            conclude(*id, connections_.at(*id).connection->checkDeadlines(moment_));
    }
}

void Loop::pauseListening() {
    if (std::exchange(listening_paused_, true)) return;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
    pause_ends_ = moment_.now + kListenerPause;
    deadlines_.add(kListenerId, pause_ends_);
}

void Loop::resumeListening() {
    deadlines_.remove(kListenerId, pause_ends_);
    listening_paused_ = false;
    if (!spare_.isOpen()) spare_ = openSpare();
    if (listener_.isOpen()) watch(listener_.get(), EPOLLIN | EPOLLEXCLUSIVE, kListenerId);
}

void Loop::closeListener() {
    if (!listener_.isOpen()) return;
    // The socket lives as long as any loop has a descriptor of it, and so would its registration.
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
    listener_.close();
    context_.limits.listenerClosed();
}

void Loop::drainConnections() {
    drained_ = true;
    moment_.draining = true;
    // Who is in the backlog has been promised a connection by the kernel.
    if (!listening_paused_) acceptWaiting();
    closeListener();
    std::vector<std::uint32_t> ids;
    ids.reserve(connections_.size());
    for (const auto& [id, watched] : connections_)
        ids.push_back(id);
    for (const auto id : ids)
        conclude(id, connections_.at(id).connection->drain(buffer_, moment_));
}

void Loop::deliver(std::uint64_t ticket, Reply reply) noexcept {
    {
        const std::lock_guard lock{mutex_};
        if (ended_) return;
        arrived_.push_back({ticket, std::move(reply)});
    }
    if (asleep_.exchange(false)) wake();
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
