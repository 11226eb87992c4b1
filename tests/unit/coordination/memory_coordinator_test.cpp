#include "core/coordination/memory/coordinator.hpp"
#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace hookgate::coordination::memory {
namespace {

using namespace std::chrono_literals;

TEST(MemoryCoordinator, ForgetsTheOldestMarkersBeyondItsCapacity) {
    const testing_support::ManualClock clock;
    const auto coordinator = makeCoordinator(clock, {.markers = 10});
    const Marker marker{{}, std::string(32, 'b')};
    for (int i = 0; i < 100; ++i)
        coordinator->remember("acme:" + std::to_string(i), marker, 60s);
    EXPECT_FALSE(coordinator->recall("acme:89"));
    EXPECT_TRUE(coordinator->recall("acme:90"));
}

TEST(MemoryCoordinator, RemembersNoMarkerWhoseDigestIsNone) {
    const testing_support::ManualClock clock;
    const auto coordinator = makeCoordinator(clock);
    coordinator->remember("acme:1", {{}, std::string(1'000'000, 'b')}, 60s);
    EXPECT_FALSE(coordinator->recall("acme:1"));
}

TEST(MemoryCoordinator, HoldsTheLongestTimeToLive) {
    testing_support::ManualClock clock;
    const auto coordinator = makeCoordinator(clock);
    coordinator->remember("acme:1", {{}, std::string(32, 'b')}, std::chrono::seconds::max());
    clock.advance(24h * 365);
    EXPECT_TRUE(coordinator->recall("acme:1"));
}

TEST(MemoryCoordinator, WorksFromManyThreadsAtOnce) {
    testing_support::ManualClock clock;
    const auto coordinator = makeCoordinator(clock, {.rate_keys = 16, .markers = 16, .locks = 16});
    const Marker marker{{}, std::string(32, 'b')};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                const auto name = std::to_string((i + t) % 40);
                (void)coordinator->admit(name, 10);
                coordinator->remember(name, marker, 1s);
                EXPECT_EQ(coordinator->recall(name).value_or(marker).body_sha256,
                          marker.body_sha256);
                if (const auto token = coordinator->lock(name, 1s))
                    coordinator->unlock(name, *token);
                clock.advance(1ms);
            }
        });
}

} // namespace
} // namespace hookgate::coordination::memory
