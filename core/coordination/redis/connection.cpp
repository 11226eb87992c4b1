#include "core/coordination/redis/connection.hpp"

#include "core/coordination/redis/scripts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hookgate::coordination::redis {
namespace {

// Nothing that is asked for has a longer answer.
constexpr std::size_t kReplyBytesMax = 512;
constexpr std::size_t kReadBytes = std::size_t{16} * 1024;
constexpr std::size_t kErrorCodeMax = 20;
constexpr std::string_view kUnreachable = "unreachable";
constexpr std::string_view kTooSlow = "no answer in time";
constexpr std::string_view kClosed = "connection closed by the server";
constexpr std::string_view kNotRedis = "not an answer of Redis";

bool wouldBlock() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

std::string errorCode(std::string_view error) {
    const auto end =
        std::find_if(error.begin(), error.end(), [](char c) { return c < 'A' || c > 'Z'; });
    const auto length = std::min(static_cast<std::size_t>(end - error.begin()), kErrorCodeMax);
    return length == 0 ? std::string{"ERR"} : std::string{error.substr(0, length)};
}

void Connection::close() noexcept {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    reader_.reset();
}

bool Connection::fail(std::string_view problem) {
    close();
    problem_ = problem;
    return false;
}

bool Connection::open(Time deadline) {
    close();
    if (!connect(deadline) || !greet(deadline)) return false;
    opened_at_ = Clock::now();
    return true;
}

bool Connection::connect(Time deadline) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address_.host.c_str(), std::to_string(address_.port).c_str(), &hints,
                      &found) != 0)
        return fail("host name unknown");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};

    for (const auto* candidate = found; candidate != nullptr; candidate = candidate->ai_next) {
        close();
        socket_ = ::socket(candidate->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket_ < 0) continue;
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_, candidate->ai_addr, candidate->ai_addrlen) == 0) break;
        if (errno != EINPROGRESS) continue;
        if (!waitFor(POLLOUT, deadline)) return false;
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) break;
        close();
    }
    if (!isOpen()) return fail(kUnreachable);
    reader_.emplace();
    return true;
}

// One step after the other: what follows must not reach another database than the one that was
// meant.
bool Connection::greet(Time deadline) {
    Commands entry;
    if (!address_.password.empty()) {
        if (address_.user.empty())
            entry.add({"AUTH", address_.password});
        else
            entry.add({"AUTH", address_.user, address_.password});
    }
    if (address_.database != 0) entry.add({"SELECT", std::to_string(address_.database)});
    if (entry.count > 0 && !isGood(exchange(entry, deadline), {"OK", "OK"})) return false;

    Commands preparation;
    preparation.add({"SCRIPT", "LOAD", admitScript().text});
    preparation.add({"SCRIPT", "LOAD", unlockScript().text});
    preparation.add({"SET", probe_key_, "1", "PX", "1000"});
    return isGood(exchange(preparation, deadline), {admitScript().name, unlockScript().name, "OK"});
}

bool Connection::isGood(const std::optional<std::vector<Reply>>& replies,
                        std::initializer_list<std::string_view> expected) {
    if (!replies) return false;
    const auto* wanted = expected.begin();
    for (const auto& reply : *replies) {
        if (reply.isError()) return fail(errorCode(reply.text));
        if (reply.text != *wanted++) return fail(kNotRedis);
    }
    return true;
}

bool Connection::waitFor(short events, Time deadline) {
    for (;;) {
        const auto left = deadline - Clock::now();
        if (left <= Clock::duration::zero()) return fail(kTooSlow);
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        const timespec patience{
            seconds.count(),
            std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds).count()};
        pollfd watched{socket_, events, 0};
        const int ready = ::ppoll(&watched, 1, &patience, nullptr);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return fail("poll failed");
    }
}

std::optional<std::vector<Reply>> Connection::exchange(const Commands& commands, Time deadline) {
    std::vector<Reply> replies;
    replies.reserve(commands.count);
    std::string_view unsent{commands.bytes};
    std::size_t received_bytes = 0;
    if (!sendSome(unsent)) return std::nullopt;
    while (replies.size() < commands.count) {
        // Reading goes on while there is something to send: the server may do the same.
        const int events = unsent.empty() ? POLLIN : POLLIN | POLLOUT;
        if (!waitFor(static_cast<short>(events), deadline) || !sendSome(unsent) ||
            !receiveSome(replies, commands.count, received_bytes))
            return std::nullopt;
    }
    if (reader_->hasRest() || !unsent.empty()) {
        fail(kNotRedis);
        return std::nullopt;
    }
    return replies;
}

bool Connection::sendSome(std::string_view& unsent) {
    while (!unsent.empty()) {
        const auto sent = ::send(socket_, unsent.data(), unsent.size(), MSG_NOSIGNAL);
        if (sent < 0) return wouldBlock() || fail(kClosed);
        unsent.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Connection::receiveSome(std::vector<Reply>& replies, std::size_t wanted, std::size_t& bytes) {
    std::array<char, kReadBytes> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto received = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (received == 0) return fail(kClosed);
    if (received < 0) return wouldBlock() || fail(kClosed);
    bytes += static_cast<std::size_t>(received);
    if (bytes > wanted * kReplyBytesMax ||
        !reader_->feed({buffer.data(), static_cast<std::size_t>(received)}))
        return fail(kNotRedis);
    while (replies.size() < wanted) {
        auto reply = reader_->next();
        if (!reply) break;
        replies.push_back(std::move(*reply));
    }
    return !reader_->isBroken() || fail(kNotRedis);
}

} // namespace hookgate::coordination::redis
