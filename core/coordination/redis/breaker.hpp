#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace hookgate::coordination::redis {

// Whether it is worth asking. It begins open with a probe that is due. Three failures in a row, or
// one refusal, open it again; while it is open nobody asks, but for a probe now and then, of which
// the first that succeeds closes it. Probes become rarer, up to one a second, and come at random
// moments, so that many nodes do not ask in step. Not thread-safe.
class Breaker {
public:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    static constexpr int kFailuresMax = 3;
    static constexpr std::chrono::milliseconds kFirstDelay{100};
    static constexpr std::chrono::milliseconds kLongestDelay{1000};
    // Whoever fails again sooner has not recovered: the probes go on where they were.
    static constexpr std::chrono::seconds kSettled{10};

    explicit Breaker(std::uint32_t seed) : random_{seed | 1U} {}

    bool isOpen() const noexcept { return is_open_; }

    // Only while it is open.
    Time nextProbe() const noexcept { return next_probe_; }

    void succeeded(Time now) noexcept {
        if (is_open_) closed_at_ = now;
        is_open_ = false;
        failures_ = 0;
        if (now - closed_at_ >= kSettled) delay_ = kFirstDelay;
    }

    // While it is open: the probe failed.
    void failed(Time now) noexcept {
        if (is_open_ || ++failures_ >= kFailuresMax) refused(now);
    }

    // The server itself says that it cannot serve: there is no need to ask three times.
    void refused(Time now) noexcept {
        is_open_ = true;
        next_probe_ = now + jittered(delay_);
        delay_ = std::min(delay_ * 2, kLongestDelay);
    }

private:
    // Half of it to all of it.
    std::chrono::milliseconds jittered(std::chrono::milliseconds delay) noexcept {
        random_ = random_ * 1'664'525U + 1'013'904'223U;
        const auto half = delay.count() / 2;
        return std::chrono::milliseconds{half +
                                         static_cast<std::int64_t>(random_ >> 8U) % (half + 1)};
    }

    std::uint32_t random_;
    bool is_open_ = true;
    int failures_ = 0;
    std::chrono::milliseconds delay_ = kFirstDelay;
    Time closed_at_{};
    Time next_probe_{};
};

} // namespace hookgate::coordination::redis
