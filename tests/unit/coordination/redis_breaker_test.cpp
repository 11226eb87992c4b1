#include "core/coordination/redis/breaker.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hookgate::coordination::redis {
namespace {

using namespace std::chrono_literals;

const Breaker::Time kStart{24h};

TEST(RedisBreaker, BeginsOpenWithAProbeThatIsDue) {
    const Breaker breaker{1};
    EXPECT_TRUE(breaker.isOpen());
    EXPECT_LE(breaker.nextProbe(), kStart);
}

TEST(RedisBreaker, OpensAtTheThirdFailureInARow) {
    Breaker breaker{1};
    breaker.succeeded(kStart);
    for (int i = 0; i < 4; ++i) {
        breaker.failed(kStart);
        breaker.failed(kStart);
        EXPECT_FALSE(breaker.isOpen());
        breaker.succeeded(kStart);
    }
    for (int i = 0; i < 3; ++i)
        breaker.failed(kStart);
    EXPECT_TRUE(breaker.isOpen());
}

TEST(RedisBreaker, OpensAtOnceWhenTheServerRefuses) {
    Breaker breaker{1};
    breaker.succeeded(kStart);
    breaker.refused(kStart);
    EXPECT_TRUE(breaker.isOpen());
    EXPECT_GT(breaker.nextProbe(), kStart);
}

TEST(RedisBreaker, ClosesWithTheFirstProbeThatSucceeds) {
    Breaker breaker{1};
    breaker.failed(kStart);
    breaker.succeeded(kStart + 1s);
    EXPECT_FALSE(breaker.isOpen());
}

TEST(RedisBreaker, ProbesEverLessOftenButAtLeastOnceASecond) {
    Breaker breaker{1};
    auto now = kStart;
    for (int i = 0; i < 20; ++i) {
        breaker.failed(now);
        const auto pause = breaker.nextProbe() - now;
        EXPECT_GE(pause, i < 5 ? 50ms : 500ms);
        EXPECT_LE(pause, i == 0 ? 100ms : 1000ms);
        now = breaker.nextProbe();
    }
}

TEST(RedisBreaker, ProbesAtMomentsThatDifferFromNodeToNode) {
    std::set<Breaker::Time> moments;
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        Breaker breaker{seed * 7919};
        for (int i = 0; i < 6; ++i)
            breaker.failed(kStart);
        moments.insert(breaker.nextProbe());
    }
    EXPECT_GT(moments.size(), 10U);
}

TEST(RedisBreaker, GoesOnProbingSeldomWhenTheServerFailsAgainSoon) {
    Breaker breaker{1};
    for (int i = 0; i < 8; ++i)
        breaker.failed(kStart);
    breaker.succeeded(kStart + 1s);
    for (int i = 0; i < 3; ++i)
        breaker.failed(kStart + 2s);
    EXPECT_GE(breaker.nextProbe() - (kStart + 2s), 500ms);
    breaker.succeeded(kStart + 3s);
    breaker.succeeded(kStart + 20s);
    for (int i = 0; i < 3; ++i)
        breaker.failed(kStart + 21s);
    EXPECT_LE(breaker.nextProbe() - (kStart + 21s), 100ms);
}

} // namespace
} // namespace hookgate::coordination::redis
