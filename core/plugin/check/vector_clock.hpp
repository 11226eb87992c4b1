#pragma once

#include "core/base/clock.hpp"

#include <optional>

namespace hookgate::plugin::check {

// The vector's time, or the real one. A check runs in a process of its own and on one thread.
class VectorClock final : public base::Clock {
public:
    base::UnixMs unixMs() const noexcept override { return now ? *now : system_.unixMs(); }

    base::BootMs bootMs() const noexcept override { return system_.bootMs(); }

    std::optional<base::UnixMs> now;

private:
    base::SystemClock system_;
};

VectorClock& vectorClock();

} // namespace hookgate::plugin::check
