#pragma once

#include "core/coordination/coordinator.hpp"
#include "core/coordination/memory/expiring_table.hpp"

#include <cstdint>
#include <string_view>

namespace hookgate::coordination::memory {

// A token bucket for each key: a whole minute's allowance may be spent at once, and it refills
// evenly over the minute. The arithmetic is exact for every limit up to kLimitMax (a higher one
// counts as that). Not thread-safe.
class RateLimiter {
public:
    static constexpr std::int64_t kLimitMax = 1'000'000'000;

    explicit RateLimiter(std::size_t keys_max) : buckets_{keys_max} {}

    // A refused request spends nothing. limit_per_minute <= 0: no limit, nothing is remembered.
    Admission admit(std::string_view key, std::int64_t limit_per_minute, base::BootMs now);

    std::size_t size() const noexcept { return buckets_.size(); }

private:
    // What is spent, in units of which a request costs as many as a minute has milliseconds: one
    // millisecond then refills `limit` units.
    struct Bucket {
        std::int64_t spent = 0;
        base::BootMs at = 0;
    };

    ExpiringTable<Bucket> buckets_;
};

} // namespace hookgate::coordination::memory
