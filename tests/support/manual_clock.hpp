#pragma once

#include "core/base/clock.hpp"

#include <atomic>
#include <chrono>

namespace hookgate::testing_support {

// A clock that moves only when a test says so. Safe to use from any thread.
class ManualClock final : public base::Clock {
public:
    explicit ManualClock(base::UnixMs unix_ms = 1'800'000'000'000, base::BootMs boot_ms = 1'000'000)
        : unix_ms_{unix_ms},
          boot_ms_{boot_ms} {}

    base::UnixMs unixMs() const noexcept override { return unix_ms_; }

    base::BootMs bootMs() const noexcept override { return boot_ms_; }

    void advance(std::chrono::milliseconds duration) noexcept {
        unix_ms_ += duration.count();
        boot_ms_ += duration.count();
    }

private:
    std::atomic<base::UnixMs> unix_ms_;
    std::atomic<base::BootMs> boot_ms_;
};

} // namespace hookgate::testing_support
