#include "core/delivery/retry_policy.hpp"

#include <gtest/gtest.h>

namespace hookgate::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RetryLimits kLimits{
    .max_sends = 5, .base_delay = milliseconds{1000}, .max_delay = milliseconds{60'000}};
constexpr double kMiddle = 0.5; // no jitter
constexpr double kAlmostOne = 0.999999;

TEST(Backoff, DoublesWithEverySendUpToTheCap) {
    EXPECT_EQ(backoff(kLimits, 1, kMiddle), milliseconds{1000});
    EXPECT_EQ(backoff(kLimits, 2, kMiddle), milliseconds{2000});
    EXPECT_EQ(backoff(kLimits, 6, kMiddle), milliseconds{32'000});
    EXPECT_EQ(backoff(kLimits, 7, kMiddle), milliseconds{60'000});
    EXPECT_EQ(backoff(kLimits, 1'000'000, kMiddle), milliseconds{60'000});
}

TEST(Backoff, IsMovedByAtMostAFifthAndNeverAboveTheCap) {
    EXPECT_EQ(backoff(kLimits, 1, 0), milliseconds{800});
    EXPECT_NEAR(static_cast<double>(backoff(kLimits, 1, kAlmostOne).count()), 1200, 2);
    for (int step = 0; step < 100; ++step) {
        const auto delay = backoff(kLimits, 20, step / 100.0);
        EXPECT_LE(delay, kLimits.max_delay);
        EXPECT_GE(delay, milliseconds{48'000});
    }
}

TEST(Backoff, OfABaseAboveTheCapIsTheCap) {
    EXPECT_EQ(backoff({.base_delay = milliseconds{100}, .max_delay = milliseconds{7}}, 1, kMiddle),
              milliseconds{7});
}

TEST(Backoff, DoesNotOverflowWithTheLargestDelays) {
    const RetryLimits huge{.base_delay = milliseconds{INT64_MAX / 3},
                           .max_delay = milliseconds{INT64_MAX / 2}};
    EXPECT_GT(backoff(huge, 50, kMiddle), milliseconds{0});
}

TEST(RetryAfter, IsReadAsSecondsOrDate) {
    const base::UnixMs now = 784'111'777'000; // Sun, 06 Nov 1994 08:49:37 GMT
    EXPECT_EQ(parseRetryAfter(" 120\r\n", now), milliseconds{120'000});
    EXPECT_EQ(parseRetryAfter("0", now), milliseconds{0});
    EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:50:37 GMT", now), milliseconds{60'000});
    EXPECT_EQ(parseRetryAfter("Sunday, 06-Nov-94 08:50:37 GMT", now), milliseconds{60'000});
    EXPECT_EQ(parseRetryAfter("Sun Nov  6 08:50:37 1994", now), milliseconds{60'000});
    EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", now), milliseconds{0});
}

TEST(RetryAfter, ThatIsNeitherIsNone) {
    for (const auto* value : {"", " ", "-5", "1.5", "soon", "0x10", "99 bottles"})
        EXPECT_FALSE(parseRetryAfter(value, 0)) << value;
}

TEST(RetryAfter, OfAbsurdLengthIsLongButNoOverflow) {
    EXPECT_GT(parseRetryAfter("99999999999999999999999999", 0), seconds{1'000'000});
}

TEST(RetryDecision, SendsAgainUntilTheBudgetIsUsed) {
    EXPECT_EQ(decideRetry(kLimits, {.sends = 4, .http_status = 500}, kMiddle).outcome,
              domain::DeliveryOutcome::Retry);
    EXPECT_EQ(decideRetry(kLimits, {.sends = 5, .http_status = 500}, kMiddle).outcome,
              domain::DeliveryOutcome::Failed);
    EXPECT_EQ(decideRetry(kLimits, {.sends = 6, .http_status = 500}, kMiddle).outcome,
              domain::DeliveryOutcome::Failed);
}

TEST(RetryDecision, EndsWithGone) {
    EXPECT_EQ(decideRetry(kLimits, {.sends = 1, .http_status = 410}, kMiddle).outcome,
              domain::DeliveryOutcome::Failed);
    EXPECT_EQ(decideRetry(kLimits, {.sends = 1, .http_status = 404}, kMiddle).outcome,
              domain::DeliveryOutcome::Retry);
}

TEST(RetryDecision, WaitsAsLongAsAskedButNotBeyondTheCap) {
    const auto delay = [](milliseconds asked, double chance) {
        return decideRetry(kLimits, {.sends = 1, .http_status = 503, .retry_after = asked}, chance)
            .delay;
    };
    EXPECT_EQ(delay(seconds{30}, 0), seconds{30});
    EXPECT_LE(delay(seconds{30}, kAlmostOne), seconds{33});
    EXPECT_GE(delay(seconds{30}, kAlmostOne), seconds{30});
    EXPECT_EQ(delay(seconds{3600}, kMiddle), kLimits.max_delay);
}

TEST(RetryDecision, ShortRetryAfterDoesNotUndercutTheBackoff) {
    const auto decision = decideRetry(
        kLimits, {.sends = 3, .http_status = 503, .retry_after = milliseconds{0}}, kMiddle);
    EXPECT_EQ(decision.delay, milliseconds{4000});
}

} // namespace
} // namespace hookgate::delivery
