#include "tests/contract/coordinator_contract.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace hookgate::coordination {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kKey = "acme|192.0.2.1";

Marker markerOf(char fill) {
    Marker marker;
    marker.event_id.bytes.fill(static_cast<std::uint8_t>(fill));
    marker.body_sha256 = std::string(32, fill);
    return marker;
}

} // namespace

int CoordinatorContract::admitted(std::string_view key, std::int64_t limit, int requests) {
    int count = 0;
    for (int i = 0; i < requests; ++i)
        if (coordinator().admit(key, limit).admitted) ++count;
    return count;
}

TEST_P(CoordinatorContract, AdmitsExactlyTheLimitAtOnce) {
    EXPECT_EQ(admitted(kKey, 5, 8), 5);
}

TEST_P(CoordinatorContract, CountsEachKeyByItself) {
    EXPECT_EQ(admitted(kKey, 3, 5), 3);
    EXPECT_EQ(admitted("acme|192.0.2.2", 3, 5), 3);
    EXPECT_EQ(admitted("globex|192.0.2.1", 3, 5), 3);
}

TEST_P(CoordinatorContract, TakesZeroAsNoLimit) {
    EXPECT_EQ(admitted(kKey, 0, 100), 100);
}

TEST_P(CoordinatorContract, HoldsTheHighestLimit) {
    EXPECT_EQ(admitted(kKey, 1'000'000'000, 100), 100);
}

TEST_P(CoordinatorContract, AdmitsAgainAfterRetryAfterAndNotTwice) {
    ASSERT_EQ(admitted(kKey, 60, 60), 60);
    const auto refused = coordinator().admit(kKey, 60);
    ASSERT_FALSE(refused.admitted);
    EXPECT_EQ(refused.retry_after, 1s);
    pass(refused.retry_after);
    EXPECT_EQ(admitted(kKey, 60, 2), 1);
}

TEST_P(CoordinatorContract, TellsHowLongTheNextPlaceTakes) {
    ASSERT_EQ(admitted(kKey, 4, 4), 4);
    const auto refused = coordinator().admit(kKey, 4);
    EXPECT_FALSE(refused.admitted);
    EXPECT_EQ(refused.retry_after, 15s);
}

TEST_P(CoordinatorContract, SpendsNothingOnRefusedRequests) {
    ASSERT_EQ(admitted(kKey, 60, 60), 60);
    EXPECT_EQ(admitted(kKey, 60, 200), 0);
    EXPECT_EQ(coordinator().admit(kKey, 60).retry_after, 1s);
}

TEST_P(CoordinatorContract, NeverAdmitsMoreThanTheLimitToManyThreads) {
    std::atomic<int> count{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] { count += admitted(kKey, 100, 50); });
    }
    EXPECT_GE(count, 100);
    // A real clock may refill one place meanwhile.
    EXPECT_LE(count, 102);
}

TEST_P(CoordinatorContract, RecallsWhatWasRemembered) {
    coordinator().remember("acme:evt_1", markerOf('a'), 60s);
    const auto marker = coordinator().recall("acme:evt_1");
    ASSERT_TRUE(marker);
    EXPECT_EQ(marker->event_id, markerOf('a').event_id);
    EXPECT_EQ(marker->body_sha256, markerOf('a').body_sha256);
    EXPECT_FALSE(coordinator().recall("acme:evt_2"));
}

TEST_P(CoordinatorContract, TellsNamesApartWhateverTheirBytes) {
    const std::string with_nul{"acme:a\0b", 8};
    coordinator().remember("acme:a", markerOf('a'), 60s);
    coordinator().remember(with_nul, markerOf('b'), 60s);
    coordinator().remember("acme:\xff\xfe \r\n", markerOf('c'), 60s);
    EXPECT_EQ(coordinator().recall("acme:a")->body_sha256, markerOf('a').body_sha256);
    EXPECT_EQ(coordinator().recall(with_nul)->body_sha256, markerOf('b').body_sha256);
    EXPECT_EQ(coordinator().recall("acme:\xff\xfe \r\n")->body_sha256, markerOf('c').body_sha256);
}

TEST_P(CoordinatorContract, KeepsAMarkerOfBytesThatAreNoText) {
    auto marker = markerOf('\0');
    marker.body_sha256[31] = '\xff';
    coordinator().remember("acme:evt_1", marker, 60s);
    EXPECT_EQ(coordinator().recall("acme:evt_1")->body_sha256, marker.body_sha256);
}

TEST_P(CoordinatorContract, TellsVeryLongNamesApart) {
    const std::string first(300'000, 'x');
    const auto second = first + "y";
    coordinator().remember(first, markerOf('a'), 60s);
    EXPECT_TRUE(coordinator().recall(first));
    EXPECT_FALSE(coordinator().recall(second));
}

TEST_P(CoordinatorContract, RemembersTheLastMarkerOfAName) {
    coordinator().remember("acme:evt_1", markerOf('a'), 60s);
    coordinator().remember("acme:evt_1", markerOf('b'), 60s);
    EXPECT_EQ(coordinator().recall("acme:evt_1")->body_sha256, markerOf('b').body_sha256);
}

TEST_P(CoordinatorContract, ForgetsAMarkerWhenItsTimeIsOver) {
    coordinator().remember("acme:evt_1", markerOf('a'), 1s);
    ASSERT_TRUE(coordinator().recall("acme:evt_1"));
    pass(1100ms);
    EXPECT_FALSE(coordinator().recall("acme:evt_1"));
}

TEST_P(CoordinatorContract, GivesALockToOne) {
    EXPECT_TRUE(coordinator().lock("event-1", 60s));
    EXPECT_FALSE(coordinator().lock("event-1", 60s));
    EXPECT_TRUE(coordinator().lock("event-2", 60s));
}

TEST_P(CoordinatorContract, UnlocksOnlyWithTheToken) {
    const auto token = coordinator().lock("event-1", 60s);
    ASSERT_TRUE(token);
    coordinator().unlock("event-1", "another");
    coordinator().unlock("event-1", "");
    EXPECT_FALSE(coordinator().lock("event-1", 60s));
    coordinator().unlock("event-1", *token);
    EXPECT_TRUE(coordinator().lock("event-1", 60s));
}

TEST_P(CoordinatorContract, LetsALockGoWhenItsTimeIsOverAndKeepsTheSuccessors) {
    const auto first = coordinator().lock("event-1", 1s);
    ASSERT_TRUE(first);
    pass(1100ms);
    const auto second = coordinator().lock("event-1", 60s);
    ASSERT_TRUE(second);
    EXPECT_NE(*first, *second);
    coordinator().unlock("event-1", *first);
    EXPECT_FALSE(coordinator().lock("event-1", 60s));
}

TEST_P(CoordinatorContract, GivesALockToOneOfManyThreads) {
    std::atomic<int> holders{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i)
                    if (coordinator().lock("event-1", 60s)) ++holders;
            });
    }
    EXPECT_EQ(holders, 1);
}

TEST_P(CoordinatorContract, IsHealthyWhenItsBackendIs) {
    EXPECT_FALSE(coordinator().health().degraded);
    EXPECT_FALSE(coordinator().health().detail.empty());
}

} // namespace hookgate::coordination
