#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/plugin/isolation/wire.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace hookgate::plugin::isolation {

// Frames over one end of a socket pair. What the other side sends may be anything: no frame grows
// beyond what the reader allows for it. Not thread-safe.
class Channel {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    enum class Result { Done, TimedOut, Closed, Broken };

    static constexpr Deadline kNoDeadline = Deadline::max();

    explicit Channel(base::FileDescriptor socket) noexcept : socket_{std::move(socket)} {}

    int descriptor() const noexcept { return socket_.get(); }

    // Nothing came that nobody asked for, and the other side is there.
    bool isQuiet() const noexcept;

    Result send(std::string_view frame, Deadline deadline) const noexcept;
    // After TimedOut it goes on where it was. Broken: it is no frame, or has a larger payload.
    Result receive(Frame& frame, std::size_t payload_bytes_max, Deadline deadline);

private:
    Result take(Frame& frame, std::size_t payload_bytes_max);

    base::FileDescriptor socket_;
    std::string pending_{};
    std::size_t wanted_ = kHeadBytes; // before anything can be told
};

// Two connected ends, close-on-exec; neither is open when the system has none left.
std::pair<base::FileDescriptor, base::FileDescriptor> socketPair() noexcept;

} // namespace hookgate::plugin::isolation
