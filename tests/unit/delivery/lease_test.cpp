#include "tests/unit/delivery/fixture.hpp"

#include <thread>

namespace hookgate::delivery {
namespace {

using domain::DeliveryOutcome;
using test::CallbackReply;
using test::CallbackRequest;
using test::CallbackServer;
using namespace std::chrono_literals;

class LeaseTest : public DeliveryFixture {};

TEST_F(LeaseTest, TooShortALeaseIsRenewedBeforeTheSend) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    start();
    auto event = newEvent(integration);
    ASSERT_TRUE(delivery->reserve(integration, event.payload.size()));
    delivery->handOver(store.addLeased(event, options.delivery_timeout));
    ASSERT_TRUE(store.waitForResults(1));
    const auto result = store.results()[0];
    EXPECT_EQ(result.outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(result.ref.claim, store::kFirstClaim + 1) << "under the number of the new lease";
    EXPECT_EQ(server.count(), 1U);
}

TEST_F(LeaseTest, AnEventThatSomebodyElseClaimedIsNotSent) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    start();
    auto event = newEvent(integration);
    ASSERT_TRUE(delivery->reserve(integration, event.payload.size()));
    auto leased = store.addLeased(event, options.delivery_timeout);
    store.takeAway(event.ref.event_id);
    delivery->handOver(std::move(leased));
    ASSERT_TRUE(store.waitForRenewals(1));
    EXPECT_EQ(sendOne(newEvent(integration)).outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(server.count(), 1U) << "the other one alone";
    EXPECT_EQ(store.resultCount(), 1U);
}

// As after a suspend: CLOCK_BOOTTIME has gone on, and the lease is over.
TEST_F(LeaseTest, APauseLongerThanTheLeaseIsNoticed) {
    CallbackServer slow{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    options.delivery_timeout = 1000ms;
    options.concurrency_per_integration = 1;
    const auto integration = addIntegration(slow.url());
    start();
    ASSERT_TRUE(handOver(newEvent(integration)));
    auto second = newEvent(integration);
    ASSERT_TRUE(handOver(second));
    ASSERT_TRUE(slow.waitForRequests(1));
    store.takeAway(second.ref.event_id);
    clock.advance(60s);
    ASSERT_TRUE(store.waitForResults(1));
    ASSERT_TRUE(store.waitForRenewals(1));
    delivery->drain(0ms);
    // The first may have been claimed again: its lease was over as well.
    for (const auto& request : slow.requests())
        EXPECT_NE(request.header("x-event-id"), second.ref.event_id.text());
}

TEST_F(LeaseTest, WhatWaitsIsRenewedInTime) {
    CallbackServer slow{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    options.delivery_timeout = 60s;
    options.concurrency_per_integration = 1;
    const auto integration = addIntegration(slow.url());
    start();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(slow.waitForRequests(1));
    EXPECT_FALSE(store.waitForRenewals(1, 1ms)) << "fresh leases are left alone";
    clock.advance(options.lease() / 3 + 1s);
    ASSERT_TRUE(store.waitForRenewals(9));
    EXPECT_EQ(store.resultCount(), 0U);
}

TEST_F(LeaseTest, WhatIsDueIsClaimedOnWake) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    start();
    for (int i = 0; i < 1000; ++i)
        store.addDue(newEvent(integration));
    delivery->wake();
    ASSERT_TRUE(store.waitForResults(1000));
    EXPECT_EQ(server.count(), 1000U);
    EXPECT_EQ(store.unfinished(), 0U);
}

TEST_F(LeaseTest, WhatBecomesDueIsClaimedWithoutAWake) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    start();
    store.addDue(newEvent(integration), clock.unixMs() + 300);
    ASSERT_TRUE(store.waitForResults(1, 5s));
    EXPECT_EQ(server.count(), 1U);
}

TEST_F(LeaseTest, ClaimsNoMoreThanThereIsRoomFor) {
    CallbackServer slow{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    options.delivery_timeout = 60s;
    options.concurrency_per_integration = 2;
    options.waiting_per_integration = 16;
    const auto integration = addIntegration(slow.url());
    start();
    for (int i = 0; i < 100; ++i)
        store.addDue(newEvent(integration));
    delivery->wake();
    ASSERT_TRUE(slow.waitForRequests(2));
    for (int i = 0; i < 20; ++i)
        delivery->wake();
    std::this_thread::sleep_for(100ms);
    EXPECT_LE(store.claimedItems(), 2U + 4U);
}

TEST_F(LeaseTest, IdleItAsksTheStoreAtMostTwiceASecond) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    change(integration, [](auto& it) { it.record.active = false; });
    addIntegration(server.url());
    store.addDue(newEvent(integration)); // due, and for nobody
    start();
    const auto before = store.roundTrips();
    std::this_thread::sleep_for(2500ms);
    const auto trips = store.roundTrips() - before;
    EXPECT_LE(trips, 7U);
    EXPECT_GE(trips, 2U);
    EXPECT_EQ(store.resultCount(), 0U);
}

TEST_F(LeaseTest, GoesOnWhenTheStoreIsBack) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    store.failing(true);
    start();
    store.addDue(newEvent(integration));
    delivery->wake();
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(server.count(), 0U);
    EXPECT_LE(store.roundTrips(), 3U) << "a broken store is not hammered";
    store.failing(false);
    ASSERT_TRUE(store.waitForResults(1, 5s));
    EXPECT_EQ(log.count("leases not kept"), 1U);
}

} // namespace
} // namespace hookgate::delivery
