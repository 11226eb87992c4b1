#include "core/coordination/memory/rate_limiter.hpp"

#include <algorithm>

namespace hookgate::coordination::memory {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kRequestCost = kMinuteMs;

constexpr std::int64_t divideUp(std::int64_t a, std::int64_t b) noexcept {
    return (a + b - 1) / b;
}

} // namespace

Admission RateLimiter::admit(std::string_view key, std::int64_t limit_per_minute,
                             base::BootMs now) {
    if (limit_per_minute <= 0) return {};
    const auto limit = std::min(limit_per_minute, kLimitMax);

    std::int64_t spent = 0;
    if (const auto* bucket = buckets_.find(key, now)) {
        const auto elapsed = std::clamp<std::int64_t>(now - bucket->at, 0, kMinuteMs);
        spent = std::max<std::int64_t>(bucket->spent - elapsed * limit, 0);
    }
    const auto missing = spent + kRequestCost - limit * kMinuteMs;
    Admission admission;
    if (missing > 0) {
        admission.admitted = false;
        admission.retry_after = std::chrono::seconds{divideUp(divideUp(missing, limit), 1000)};
    } else {
        spent += kRequestCost;
    }
    // Empty again means as good as forgotten.
    buckets_.put(key, {spent, now}, now + divideUp(spent, limit), now);
    return admission;
}

} // namespace hookgate::coordination::memory
