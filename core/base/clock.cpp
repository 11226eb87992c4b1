#include "core/base/clock.hpp"

#include <ctime>

namespace hookgate::base {
namespace {

std::int64_t readMs(clockid_t clock) noexcept {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

} // namespace

UnixMs SystemClock::unixMs() const noexcept {
    return readMs(CLOCK_REALTIME);
}

BootMs SystemClock::bootMs() const noexcept {
    return readMs(CLOCK_BOOTTIME);
}

} // namespace hookgate::base
