#include "core/coordination/memory/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hookgate::coordination::memory {
namespace {

using namespace std::chrono_literals;

int admitted(RateLimiter& limiter, std::int64_t limit, int requests, base::BootMs now) {
    int count = 0;
    for (int i = 0; i < requests; ++i)
        if (limiter.admit("key", limit, now).admitted) ++count;
    return count;
}

TEST(RateLimiter, RefillsEvenlyOverTheMinute) {
    RateLimiter limiter{10};
    ASSERT_EQ(admitted(limiter, 60, 61, 0), 60);
    for (base::BootMs second = 1; second <= 60; ++second) {
        EXPECT_EQ(admitted(limiter, 60, 5, second * 1000 - 1), 0) << second;
        EXPECT_EQ(admitted(limiter, 60, 5, second * 1000), 1) << second;
    }
}

TEST(RateLimiter, AdmitsTheWholeLimitAgainAfterAQuietMinute) {
    RateLimiter limiter{10};
    ASSERT_EQ(admitted(limiter, 7, 10, 0), 7);
    EXPECT_EQ(admitted(limiter, 7, 10, 60'000), 7);
}

TEST(RateLimiter, NeverSavesUpMoreThanOneMinute) {
    RateLimiter limiter{10};
    ASSERT_EQ(admitted(limiter, 7, 1, 0), 1);
    EXPECT_EQ(admitted(limiter, 7, 20, 3'600'000), 7);
}

TEST(RateLimiter, IsExactForLimitsThatDoNotDivideAMinute) {
    for (const std::int64_t limit : {7, 13, 999, 59'999, 60'001}) {
        RateLimiter limiter{10};
        ASSERT_EQ(admitted(limiter, limit, static_cast<int>(limit) + 50, 0), limit);
        const auto refused = limiter.admit("key", limit, 0);
        const auto next_ms = (60'000 + limit - 1) / limit;
        EXPECT_EQ(refused.retry_after.count(), (next_ms + 999) / 1000) << limit;
        EXPECT_EQ(admitted(limiter, limit, 1, next_ms - 1), 0) << limit;
        EXPECT_GE(admitted(limiter, limit, 1, next_ms), 1) << limit;
    }
}

TEST(RateLimiter, SaysAtLeastOneSecondAndNeverMoreThanAMinute) {
    RateLimiter fast{10};
    ASSERT_EQ(admitted(fast, 6000, 6001, 0), 6000);
    EXPECT_EQ(fast.admit("key", 6000, 0).retry_after, 1s);
    RateLimiter slow{10};
    ASSERT_EQ(admitted(slow, 1, 2, 0), 1);
    EXPECT_EQ(slow.admit("key", 1, 0).retry_after, 60s);
    EXPECT_EQ(slow.admit("key", 1, 59'001).retry_after, 1s);
}

TEST(RateLimiter, DoesNotOverflowAtTheHighestLimit) {
    RateLimiter limiter{10};
    EXPECT_EQ(admitted(limiter, INT64_MAX, 1000, 0), 1000);
    EXPECT_EQ(admitted(limiter, RateLimiter::kLimitMax, 1000, INT64_MAX / 2), 1000);
}

TEST(RateLimiter, TakesATimeBeforeTheLastAsNoTime) {
    RateLimiter limiter{10};
    ASSERT_EQ(admitted(limiter, 2, 3, 100'000), 2);
    EXPECT_EQ(admitted(limiter, 2, 3, 0), 0);
}

TEST(RateLimiter, HoldsAKeyThatKeepsKnockingWhileStrangersFloodIt) {
    RateLimiter limiter{100};
    ASSERT_EQ(admitted(limiter, 5, 10, 0), 5);
    for (int stranger = 0; stranger < 10'000; ++stranger) {
        ASSERT_TRUE(limiter.admit("stranger" + std::to_string(stranger), 5, 0).admitted);
        ASSERT_LE(limiter.size(), 100U);
        if (stranger % 50 != 0) continue;
        ASSERT_FALSE(limiter.admit("key", 5, 0).admitted) << stranger;
    }
    EXPECT_FALSE(limiter.admit("key", 5, 0).admitted);
}

TEST(RateLimiter, ForgetsKeysThatHaveRefilled) {
    RateLimiter limiter{100'000};
    for (int i = 0; i < 1000; ++i)
        (void)limiter.admit("early" + std::to_string(i), 60, 0);
    ASSERT_EQ(limiter.size(), 1000U);
    for (int i = 0; i < 1000; ++i)
        (void)limiter.admit("late" + std::to_string(i), 60, 2000);
    EXPECT_EQ(limiter.size(), 1000U);
}

TEST(RateLimiter, RemembersNothingWithoutALimit) {
    RateLimiter limiter{10};
    EXPECT_EQ(admitted(limiter, 0, 100, 0), 100);
    EXPECT_EQ(admitted(limiter, -1, 100, 0), 100);
    EXPECT_EQ(limiter.size(), 0U);
}

} // namespace
} // namespace hookgate::coordination::memory
