#pragma once

#include <cstdint>

namespace hookgate::base {

// Milliseconds since 1970-01-01T00:00:00Z: what is stored, shown and signed.
using UnixMs = std::int64_t;

// Milliseconds of CLOCK_BOOTTIME: deadlines and leases. It goes on through a suspend and never
// steps.
using BootMs = std::int64_t;

// The time, as a seam for tests. Implementations are safe to call from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual UnixMs unixMs() const noexcept = 0;
    virtual BootMs bootMs() const noexcept = 0;
};

class SystemClock final : public Clock {
public:
    UnixMs unixMs() const noexcept override;
    BootMs bootMs() const noexcept override;
};

} // namespace hookgate::base
