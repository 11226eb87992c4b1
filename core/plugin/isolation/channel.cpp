#include "core/plugin/isolation/channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace hookgate::plugin::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kChunkBytes = std::size_t{64} * 1024;

// False: not by the deadline.
bool waitFor(int socket, short events, Channel::Deadline deadline) noexcept {
    while (true) {
        const auto left = deadline - steady_clock::now();
        if (left.count() <= 0) return false;
        timespec rest{};
        rest.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
        rest.tv_nsec = (std::chrono::nanoseconds{left} % std::chrono::seconds{1}).count();
        pollfd wanted{.fd = socket, .events = events, .revents = 0};
        const int ready = ::ppoll(&wanted, 1, &rest, nullptr);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return true; // the call that follows says why
    }
}

} // namespace

bool Channel::isQuiet() const noexcept {
    char byte = 0;
    return pending_.empty() && ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

Channel::Result Channel::send(std::string_view frame, Deadline deadline) const noexcept {
    const int flags = MSG_NOSIGNAL | (deadline == kNoDeadline ? 0 : MSG_DONTWAIT);
    while (!frame.empty()) {
        const auto sent = ::send(socket_.get(), frame.data(), frame.size(), flags);
        if (sent >= 0) {
            frame.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!waitFor(socket_.get(), POLLOUT, deadline)) return Result::TimedOut;
        } else if (errno != EINTR) {
            return Result::Closed;
        }
    }
    return Result::Done;
}

Channel::Result Channel::receive(Frame& frame, std::size_t payload_bytes_max, Deadline deadline) {
    const bool waits = deadline == kNoDeadline;
    std::array<char, kChunkBytes> chunk; // NOLINT(*-member-init): filled by recv
    while (true) {
        if (pending_.size() >= wanted_)
            if (const auto result = take(frame, payload_bytes_max); result != Result::TimedOut)
                return result;
        const auto got =
            ::recv(socket_.get(), chunk.data(), chunk.size(), waits ? 0 : MSG_DONTWAIT);
        if (got > 0) {
            pending_.append(chunk.data(), static_cast<std::size_t>(got));
        } else if (got < 0 && errno == EAGAIN) {
            if (!waitFor(socket_.get(), POLLIN, deadline)) return Result::TimedOut;
        } else if (got == 0 || errno != EINTR) {
            return Result::Closed;
        }
    }
}

// TimedOut: it is not there as a whole yet.
Channel::Result Channel::take(Frame& frame, std::size_t payload_bytes_max) {
    std::array<std::uint32_t, 3> head{};
    std::memcpy(head.data(), pending_.data(), kHeadBytes);
    const std::size_t size = head[2];
    if (head[0] != kProtocol || size > payload_bytes_max) return Result::Broken;
    wanted_ = kHeadBytes + size;
    if (pending_.size() < wanted_) return Result::TimedOut;
    frame.kind = static_cast<Kind>(head[1]);
    frame.payload.assign(pending_, kHeadBytes, size);
    pending_.erase(0, wanted_);
    wanted_ = kHeadBytes;
    return Result::Done;
}

std::pair<base::FileDescriptor, base::FileDescriptor> socketPair() noexcept {
    std::array<int, 2> ends{-1, -1};
    static_cast<void>(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
    return {base::FileDescriptor{ends[0]}, base::FileDescriptor{ends[1]}};
}

} // namespace hookgate::plugin::isolation
