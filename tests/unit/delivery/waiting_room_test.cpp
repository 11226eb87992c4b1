#include "core/delivery/waiting_room.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hookgate::delivery {
namespace {

constexpr domain::BootMs kLongLease = 1'000'000;
constexpr WaitingRoom::Usage kEmpty{};

base::Uuid id(std::uint8_t n) {
    base::Uuid uuid;
    uuid.bytes[15] = n;
    return uuid;
}

domain::WorkItem item(const base::Uuid& integration, std::size_t bytes, std::uint8_t n = 0,
                      domain::BootMs lease = kLongLease) {
    domain::WorkItem work;
    work.ref.event_id = id(n);
    work.integration_id = integration;
    work.payload.assign(bytes, 'x');
    work.lease_expires = lease;
    return work;
}

bool handOver(WaitingRoom& room, domain::WorkItem work) {
    return room.reserve(work.integration_id, work.payload.size()) && room.fill(std::move(work));
}

TEST(WaitingRoom, GivesEveryPlaceBack) {
    WaitingRoom room{{.waiting = 8, .sending = 4, .bytes = 100'000}};
    ASSERT_TRUE(room.reserve(id(1), 100));
    room.cancel(id(1), 100);
    EXPECT_EQ(room.usage(), kEmpty);

    ASSERT_TRUE(handOver(room, item(id(1), 100)));
    auto claimed = item(id(1), 50);
    ASSERT_TRUE(room.admit(claimed));
    EXPECT_EQ(room.usage(), (WaitingRoom::Usage{.waiting = 2, .bytes = 150}));

    std::vector<Waiting> taken;
    room.take(taken, 10, 0);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(room.usage(), (WaitingRoom::Usage{.sending = 2, .bytes = 150}));
    room.setAside(std::move(taken[0]));
    EXPECT_EQ(room.usage(), (WaitingRoom::Usage{.waiting = 1, .sending = 1, .bytes = 150}));
    room.ended(id(1), taken[1].item.payload.size());
    auto renewing = room.takeForRenewal(0, 10);
    ASSERT_EQ(renewing.size(), 1U);
    room.drop(renewing[0]);
    EXPECT_EQ(room.usage(), kEmpty);

    ASSERT_TRUE(handOver(room, item(id(1), 100)));
    EXPECT_EQ(room.takeAll().size(), 1U);
    EXPECT_EQ(room.usage(), kEmpty);
}

TEST(WaitingRoom, KeepsAQuarterOfThePlacesForWhatIsClaimed) {
    WaitingRoom room{{.waiting = 8, .sending = 4, .bytes = 100'000}};
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(room.reserve(id(1), 1)) << i;
    EXPECT_FALSE(room.reserve(id(1), 1));
    EXPECT_TRUE(room.reserve(id(2), 1)) << "integrations have places of their own";
    const std::vector<base::Uuid> ids{id(1)};
    const auto requests = room.claimRequests(ids);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].free_slots, 2U);
}

TEST(WaitingRoom, AsksForNothingWhileMostClaimedPlacesAreTaken) {
    WaitingRoom room{{.waiting = 16, .sending = 4, .bytes = 100'000}};
    for (int i = 0; i < 3; ++i) {
        auto work = item(id(1), 1);
        ASSERT_TRUE(room.admit(work));
    }
    const std::vector<base::Uuid> ids{id(1)};
    EXPECT_TRUE(room.claimRequests(ids).empty());
}

TEST(WaitingRoom, LetsClaimedAndNewEventsTakeTurns) {
    WaitingRoom room{{.waiting = 32, .sending = 100, .bytes = 10'000}};
    for (std::uint8_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(handOver(room, item(id(1), 1, i)));
        auto work = item(id(1), 1, static_cast<std::uint8_t>(100 + i));
        ASSERT_TRUE(room.admit(work));
    }
    std::vector<Waiting> taken;
    room.take(taken, 4, 0);
    ASSERT_EQ(taken.size(), 4U);
    EXPECT_EQ(std::count_if(taken.begin(), taken.end(), [](const Waiting& w) { return w.claimed; }),
              2);
}

TEST(WaitingRoom, TakesTurnsOverIntegrationsAndCapsEach) {
    WaitingRoom room{{.waiting = 1000, .sending = 4, .bytes = 1'000'000}};
    for (std::uint8_t i = 0; i < 100; ++i)
        ASSERT_TRUE(handOver(room, item(id(1), 1, i)));
    ASSERT_TRUE(handOver(room, item(id(2), 1)));
    std::vector<Waiting> taken;
    room.take(taken, 2, 0);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_NE(taken[0].item.integration_id, taken[1].item.integration_id);
    room.take(taken, 100, 0);
    EXPECT_EQ(taken.size(), 5U);
    EXPECT_EQ(room.usage().sending, 5U);
}

TEST(WaitingRoom, SetsShortLeasesAside) {
    WaitingRoom room{{.waiting = 8, .sending = 4, .bytes = 100'000}};
    ASSERT_TRUE(handOver(room, item(id(1), 1, 1, 500)));
    ASSERT_TRUE(handOver(room, item(id(1), 1, 2, 501)));
    std::vector<Waiting> taken;
    const auto needs = room.take(taken, 10, 500);
    EXPECT_TRUE(needs.renewal);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].item.ref.event_id, id(2));
    auto renewing = room.takeForRenewal(0, 10);
    ASSERT_EQ(renewing.size(), 1U);
    renewing[0].item.lease_expires = kLongLease;
    room.putRenewed(std::move(renewing));
    taken.clear();
    room.take(taken, 10, 500);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].item.ref.event_id, id(1));
}

TEST(WaitingRoom, TakesOutOnlyWhatIsToBeRenewedAndKeepsTheOrder) {
    WaitingRoom room{{.waiting = 32, .sending = 100, .bytes = 10'000}};
    for (std::uint8_t i = 0; i < 6; ++i)
        ASSERT_TRUE(handOver(room, item(id(1), 1, i, i < 4 ? 100 : kLongLease)));
    auto renewing = room.takeForRenewal(200, 3);
    ASSERT_EQ(renewing.size(), 3U);
    EXPECT_EQ(room.usage().waiting, 6U);
    for (auto& waiting : renewing)
        waiting.item.lease_expires = kLongLease;
    room.putRenewed(std::move(renewing));
    std::vector<Waiting> taken;
    room.take(taken, 10, 0);
    ASSERT_EQ(taken.size(), 6U);
    for (std::uint8_t i = 0; i < 6; ++i)
        EXPECT_EQ(taken[i].item.ref.event_id, id(i));
}

TEST(WaitingRoom, LeavesMemoryForOtherIntegrations) {
    WaitingRoom room{{.waiting = 1000, .sending = 4, .bytes = 4000}};
    std::size_t places = 0;
    while (room.reserve(id(1), 100))
        ++places;
    EXPECT_EQ(places, 10U) << "a quarter of the bytes";
    EXPECT_TRUE(room.reserve(id(2), 1000));
    EXPECT_TRUE(room.reserve(id(3), 1000));
    EXPECT_TRUE(room.reserve(id(4), 1000));
    EXPECT_TRUE(room.reserve(id(5), 9999)) << "who holds nothing gets one place";
    EXPECT_FALSE(room.reserve(id(5), 1));
}

TEST(WaitingRoom, DoesNotClaimWhatDoesNotFit) {
    WaitingRoom room{{.waiting = 1000, .sending = 4, .bytes = 40'000}};
    const std::vector<base::Uuid> ids{id(1)};
    auto first = item(id(1), 9000);
    ASSERT_TRUE(room.admit(first));
    auto second = item(id(1), 9000);
    EXPECT_FALSE(room.admit(second));
    EXPECT_EQ(second.payload.size(), 9000U) << "untouched, to be given back";
    EXPECT_TRUE(room.claimRequests(ids).empty()) << "or it would be claimed and released for ever";
}

TEST(WaitingRoom, TellsWhenThereIsRoomForMoreThatIsDue) {
    WaitingRoom room{{.waiting = 8, .sending = 1, .bytes = 100'000}};
    for (int i = 0; i < 2; ++i) {
        auto work = item(id(1), 1);
        ASSERT_TRUE(room.admit(work));
    }
    room.moreDue(id(1));
    std::vector<Waiting> taken;
    EXPECT_TRUE(room.take(taken, 1, 0).claim);
    const std::vector<base::Uuid> ids{id(1)};
    ASSERT_EQ(room.claimRequests(ids).size(), 1U);
    EXPECT_FALSE(room.ended(id(1), 1).claim) << "asked once";
}

TEST(WaitingRoom, ClaimsNoMoreThanIsSentSoon) {
    WaitingRoom room{{.waiting = 1000, .sending = 4, .bytes = 1'000'000}};
    const auto requests = room.claimRequests(std::vector<base::Uuid>{id(1)});
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].free_slots, 8U);
}

TEST(WaitingRoom, ClosedTakesNoReservationsButWhatIsOnItsWay) {
    WaitingRoom room{{.waiting = 8, .sending = 4, .bytes = 100'000}};
    ASSERT_TRUE(room.reserve(id(1), 1));
    ASSERT_TRUE(room.reserve(id(1), 1));
    room.close();
    EXPECT_FALSE(room.reserve(id(1), 1));
    EXPECT_TRUE(room.fill(item(id(1), 1)));
    std::vector<Waiting> taken;
    room.take(taken, 10, 0);
    EXPECT_TRUE(taken.empty());
    EXPECT_EQ(room.takeAll().size(), 1U);
    room.shut();
    EXPECT_FALSE(room.fill(item(id(1), 1)));
    EXPECT_EQ(room.usage(), kEmpty);
}

} // namespace
} // namespace hookgate::delivery
