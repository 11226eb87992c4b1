#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace hookgate::http {

// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int descriptor = -1) noexcept : descriptor_{descriptor} {}

    Descriptor(Descriptor&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    int get() const noexcept { return descriptor_; }

    bool isOpen() const noexcept { return descriptor_ >= 0; }

    void close() noexcept;

private:
    int descriptor_;
};

// A listening socket on a numeric address or a name; throws std::runtime_error that says which and
// why.
Descriptor listenOn(const std::string& host, std::uint16_t port);
std::uint16_t portOf(const Descriptor& socket) noexcept;

struct Accepted {
    Descriptor socket; // not open: nobody waits, or `exhausted`
    std::string peer_address;
    bool exhausted = false; // no descriptor was left
};

// Non-blocking, close-on-exec, TCP_NODELAY.
Accepted acceptFrom(const Descriptor& listener) noexcept;

} // namespace hookgate::http
