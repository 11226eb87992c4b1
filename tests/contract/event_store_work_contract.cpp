#include "tests/contract/event_store_contract.hpp"

#include <gmock/gmock.h>

#include <array>
#include <mutex>
#include <set>
#include <thread>

namespace hookgate::store {
namespace {

using domain::DeliveryOutcome;
using domain::EventStatus;
using testing::HasSubstr;

TEST_P(EventStoreContract, ClaimsTheOldestDueFirstAndNoMoreThanThereIsRoomFor) {
    std::vector<domain::Uuid> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(ingestEvent("evt-" + std::to_string(i)));
        clock().advance(std::chrono::milliseconds{10});
    }
    const auto first = claim(2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].ref.event_id, ids[0]);
    EXPECT_EQ(first[1].ref.event_id, ids[1]);
    EXPECT_EQ(claim().size(), 3U);
    EXPECT_TRUE(claim().empty());
    EXPECT_TRUE(claim(0).empty());
}

TEST_P(EventStoreContract, ClaimsForEachIntegrationOnItsOwn) {
    ingestEvent("evt-1");
    ingestEvent("evt-2");
    auto other = newWebhook("evt-3");
    other.integration_id = globex_.id;
    ingest(std::move(other));
    const std::array requests{ClaimRequest{acme_.id, 1}, ClaimRequest{globex_.id, 5},
                              ClaimRequest{harness_->ids().next(), 5}};
    const auto items = store().claim(requests, kLease);
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].integration_id, acme_.id);
    EXPECT_EQ(items[1].integration_id, globex_.id);
    EXPECT_EQ(items[1].external_id, "evt-3");
}

TEST_P(EventStoreContract, TellsEverythingADeliveryNeeds) {
    auto webhook = newWebhook("evt-1");
    webhook.events.front().test = true;
    const auto sent = webhook;
    ingest(std::move(webhook));
    const auto item = claimOne();
    const auto& event = sent.events.front();
    EXPECT_EQ(item.ref.event_id, event.id);
    EXPECT_EQ(item.ref.generation, 0);
    EXPECT_GT(item.ref.claim, kFirstClaim);
    EXPECT_EQ(item.correlation_id, sent.correlation_id);
    EXPECT_EQ(item.external_id, event.external_id);
    EXPECT_EQ(item.type, event.type);
    EXPECT_EQ(item.subject, event.subject);
    EXPECT_EQ(item.payload, event.payload);
    EXPECT_EQ(item.occurred_at, event.occurred_at);
    EXPECT_EQ(item.received_at, sent.received_at);
    EXPECT_TRUE(item.test);
    EXPECT_EQ(item.attempts, 0);
    EXPECT_EQ(item.sends, 0);
    EXPECT_EQ(item.lease_expires, clock().bootMs() + kLease.count());
}

TEST_P(EventStoreContract, GivesEachEventToOneClaimerOnly) {
    for (int i = 0; i < 200; ++i)
        ingestEvent("evt-" + std::to_string(i));
    std::mutex mutex;
    std::multiset<domain::Uuid> claimed;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                for (auto items = claim(7); !items.empty(); items = claim(7)) {
                    const std::lock_guard lock{mutex};
                    for (const auto& item : items)
                        claimed.insert(item.ref.event_id);
                }
            });
    }
    EXPECT_EQ(claimed.size(), 200U);
    EXPECT_EQ(std::set<domain::Uuid>(claimed.begin(), claimed.end()).size(), 200U);
}

TEST_P(EventStoreContract, IsDoneWithADeliveredEvent) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    const auto stored = details(id);
    EXPECT_EQ(stored.event.status, EventStatus::Processed);
    ASSERT_EQ(stored.attempts.size(), 1U);
    EXPECT_TRUE(stored.attempts[0].success);
    EXPECT_EQ(stored.attempts[0].attempt_no, 1);
    EXPECT_EQ(stored.attempts[0].http_status, 200);
    EXPECT_EQ(stored.attempts[0].response_body, "answer");
    EXPECT_EQ(stored.attempts[0].duration_ms, 7);
    EXPECT_EQ(store().untilNextDue(), std::nullopt);
    clock().advance(std::chrono::hours{1});
    EXPECT_TRUE(claim().empty());
}

TEST_P(EventStoreContract, SendsAgainWhenARetryIsDue) {
    const auto id = ingestEvent("evt-1");
    finish(claimOne(), DeliveryOutcome::Retry, std::chrono::seconds{10});
    EXPECT_EQ(status(id), EventStatus::Retrying);
    EXPECT_EQ(store().untilNextDue(), std::chrono::milliseconds{10'000});
    clock().advance(std::chrono::milliseconds{9999});
    EXPECT_TRUE(claim().empty());
    clock().advance(std::chrono::milliseconds{1});
    const auto again = claimOne();
    EXPECT_EQ(again.attempts, 1);
    EXPECT_EQ(again.sends, 1);
    finish(again, DeliveryOutcome::Delivered);
    const auto attempts = details(id).attempts;
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0].error_message, "HTTP 500");
    EXPECT_EQ(attempts[1].attempt_no, 2);
}

TEST_P(EventStoreContract, KeepsAFailedEventThatIsNeverDue) {
    const auto id = ingestEvent("evt-1");
    finish(claimOne(), DeliveryOutcome::Failed);
    EXPECT_EQ(status(id), EventStatus::Failed);
    EXPECT_EQ(store().untilNextDue(), std::nullopt);
    clock().advance(std::chrono::hours{1000});
    EXPECT_TRUE(claim().empty());
}

TEST_P(EventStoreContract, RecordsTheSendOfAnExpiredLeaseAsUnknownWithoutCountingIt) {
    const auto id = ingestEvent("evt-1", true);
    clock().advance(kLease);
    const auto item = claimOne();
    EXPECT_EQ(item.attempts, 1);
    EXPECT_EQ(item.sends, 0);
    const auto attempts = details(id).attempts;
    ASSERT_EQ(attempts.size(), 1U);
    EXPECT_FALSE(attempts[0].success);
    EXPECT_EQ(attempts[0].http_status, 0);
    EXPECT_THAT(attempts[0].error_message, HasSubstr("outcome unknown"));
}

TEST_P(EventStoreContract, FailsAnEventAfterFiveUnknownOutcomesInARow) {
    const auto id = ingestEvent("evt-1", true);
    for (int i = 1; i < kUnknownOutcomesMax; ++i) {
        clock().advance(kLease);
        EXPECT_EQ(claimOne().attempts, i);
    }
    clock().advance(kLease);
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(status(id), EventStatus::Failed);
    EXPECT_EQ(details(id).attempts.size(), std::size_t{kUnknownOutcomesMax});
}

TEST_P(EventStoreContract, CountsUnknownOutcomesAnewAfterAKnownOne) {
    const auto id = ingestEvent("evt-1", true);
    for (int i = 1; i < kUnknownOutcomesMax; ++i) {
        clock().advance(kLease);
        const auto item = claimOne();
        if (i + 1 == kUnknownOutcomesMax)
            finish(item, DeliveryOutcome::Retry, std::chrono::milliseconds{0});
    }
    claimOne();
    for (int i = 1; i < kUnknownOutcomesMax; ++i) {
        clock().advance(kLease);
        EXPECT_EQ(claimOne().sends, 1);
    }
    EXPECT_EQ(status(id), EventStatus::Processing);
}

TEST_P(EventStoreContract, DropsAFailureThatANewerClaimHasOvertaken) {
    const auto id = ingestEvent("evt-1", true);
    clock().advance(kLease);
    const auto item = claimOne();
    finish(firstLease(id), 1, DeliveryOutcome::Failed);
    EXPECT_EQ(status(id), EventStatus::Processing);
    EXPECT_EQ(store().counters().fenced_results, 1U);
    finish(item, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
}

TEST_P(EventStoreContract, CompletesTheEventWithASuccessThatANewerClaimHasOvertaken) {
    const auto id = ingestEvent("evt-1", true);
    clock().advance(kLease);
    const auto item = claimOne();
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
    finish(item, DeliveryOutcome::Retry);
    const auto stored = details(id);
    EXPECT_EQ(stored.event.status, EventStatus::Processed);
    ASSERT_EQ(stored.attempts.size(), 2U); // the unknown outcome and the late success
    EXPECT_TRUE(stored.attempts[1].success);
    EXPECT_EQ(stored.attempts[1].attempt_no, 2);
    EXPECT_EQ(store().counters().fenced_results, 1U);
}

TEST_P(EventStoreContract, CompletesAnEventThatFailedThroughUnknownOutcomesWithALateSuccess) {
    const auto id = ingestEvent("evt-1", true);
    domain::WorkItem last;
    for (int i = 1; i < kUnknownOutcomesMax; ++i) {
        clock().advance(kLease);
        last = claimOne();
    }
    clock().advance(kLease);
    claim();
    ASSERT_EQ(status(id), EventStatus::Failed);
    finish(last, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
    EXPECT_EQ(store().queueDepth().failed, 0);
}

TEST_P(EventStoreContract, RecordsAResultOnce) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    EXPECT_EQ(details(id).attempts.size(), 1U);
    EXPECT_EQ(store().counters().fenced_results, 1U);
}

TEST_P(EventStoreContract, RenewsALeaseUnderANewClaim) {
    const auto id = ingestEvent("evt-1", true);
    clock().advance(kLease / 2);
    const std::array refs{firstLease(id)};
    const auto renewal = store().renew(refs, kLease);
    ASSERT_EQ(renewal.claims.size(), 1U);
    ASSERT_TRUE(renewal.claims[0].has_value());
    EXPECT_NE(*renewal.claims[0], kFirstClaim);
    EXPECT_EQ(renewal.lease_expires, clock().bootMs() + kLease.count());
    clock().advance(kLease - std::chrono::milliseconds{1});
    EXPECT_TRUE(claim().empty());
    finish(firstLease(id), 1, DeliveryOutcome::Failed);
    EXPECT_EQ(status(id), EventStatus::Processing);
    finish({id, 0, *renewal.claims[0]}, 1, DeliveryOutcome::Failed);
    EXPECT_EQ(status(id), EventStatus::Failed);
}

TEST_P(EventStoreContract, DoesNotRenewWhatIsNoLongerTheCallers) {
    const auto expired = ingestEvent("evt-1", true);
    const auto held = ingestEvent("evt-2", true);
    clock().advance(kLease);
    claim(1);
    const std::array refs{firstLease(expired), firstLease(harness_->ids().next()),
                          firstLease(held)};
    const auto renewal = store().renew(refs, kLease);
    ASSERT_EQ(renewal.claims.size(), 3U);
    EXPECT_EQ(renewal.claims[0], std::nullopt);
    EXPECT_EQ(renewal.claims[1], std::nullopt);
    EXPECT_TRUE(renewal.claims[2].has_value());
}

TEST_P(EventStoreContract, GivesAReleasedEventToAnybodyAndRecordsNothing) {
    const auto id = ingestEvent("evt-1", true);
    const std::array refs{firstLease(id)};
    store().release(refs);
    EXPECT_EQ(status(id), EventStatus::Pending);
    const auto item = claimOne();
    EXPECT_EQ(item.attempts, 0);
    EXPECT_TRUE(details(id).attempts.empty());
    store().release(refs); // of the lease that is over
    EXPECT_EQ(status(id), EventStatus::Processing);
}

TEST_P(EventStoreContract, KnowsWhenTheNextEventIsDue) {
    EXPECT_EQ(store().untilNextDue(), std::nullopt);
    ingestEvent("evt-1", true);
    EXPECT_EQ(store().untilNextDue(), kLease);
    ingestEvent("evt-2");
    EXPECT_EQ(store().untilNextDue(), std::chrono::milliseconds{0});
    finish(claimOne(), DeliveryOutcome::Retry, std::chrono::seconds{3});
    EXPECT_EQ(store().untilNextDue(), std::chrono::milliseconds{3000});
}

TEST_P(EventStoreContract, CountsTheQueueByState) {
    ingestEvent("evt-1");
    finish(claimOne(), DeliveryOutcome::Retry);
    ingestEvent("evt-2");
    finish(claimOne(), DeliveryOutcome::Failed);
    ingestEvent("evt-3", true);
    const auto done = ingestEvent("evt-4", true);
    finish(firstLease(done), 1, DeliveryOutcome::Delivered);
    clock().advance(std::chrono::milliseconds{5});
    ingestEvent("evt-5");
    const auto due = clock().unixMs();
    ingestEvent("evt-6");
    const auto depth = store().queueDepth();
    EXPECT_EQ(depth.pending, 2);
    EXPECT_EQ(depth.processing, 1);
    EXPECT_EQ(depth.retrying, 1);
    EXPECT_EQ(depth.failed, 1);
    EXPECT_EQ(depth.oldest_due, due);
}

TEST_P(EventStoreContract, HasNothingDueInAnEmptyQueue) {
    const auto depth = store().queueDepth();
    EXPECT_EQ(depth.pending + depth.processing + depth.retrying + depth.failed, 0);
    EXPECT_EQ(depth.oldest_due, 0);
    ingestEvent("evt-1", true);
    EXPECT_EQ(store().queueDepth().oldest_due, 0);
}

TEST_P(EventStoreContract, TakesUpWhatAKilledGatewayLeftWhenItIsOpenedAgain) {
    const auto id = ingestEvent("evt-1", true);
    harness_->reopen();
    const auto item = claimOne();
    EXPECT_EQ(item.ref.event_id, id);
    EXPECT_EQ(item.attempts, 1);
    EXPECT_EQ(item.sends, 0);
    EXPECT_THAT(details(id).attempts.at(0).error_message, HasSubstr("outcome unknown"));
}

TEST_P(EventStoreContract, KeepsEverythingWhenItIsOpenedAgain) {
    const auto installation = store().installationId();
    EXPECT_FALSE(installation.isNil());
    const auto done = ingestEvent("evt-1", true);
    finish(firstLease(done), 1, DeliveryOutcome::Delivered);
    const auto waiting = ingestEvent("evt-2");
    finish(claimOne(), DeliveryOutcome::Retry);
    harness_->reopen();
    EXPECT_EQ(store().installationId(), installation);
    EXPECT_EQ(status(done), EventStatus::Processed);
    EXPECT_EQ(status(waiting), EventStatus::Retrying);
    EXPECT_EQ(store().queueDepth().retrying, 1);
    EXPECT_TRUE(ingest(newWebhook("evt-1")).events.at(0).duplicate);
    EXPECT_EQ(store().integrations().size(), 2U);
}

} // namespace
} // namespace hookgate::store
