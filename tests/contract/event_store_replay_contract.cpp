#include "tests/contract/event_store_contract.hpp"

#include <gmock/gmock.h>

#include <array>

namespace hookgate::store {
namespace {

using domain::DeliveryOutcome;
using domain::EventStatus;
using testing::HasSubstr;

TEST_P(EventStoreContract, KnowsNoEventToReplay) {
    EXPECT_EQ(store().replay({harness_->ids().next(), "operator", "customer asked", "key-1"}),
              std::nullopt);
    EXPECT_TRUE(audit("replay.requested").empty());
}

TEST_P(EventStoreContract, ReplaysAProcessedEventInANewGeneration) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    const auto receipt = replay(id);
    EXPECT_TRUE(receipt.due_now);
    EXPECT_FALSE(receipt.replay_request_id.isNil());
    EXPECT_EQ(status(id), EventStatus::Pending);
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 1);
    EXPECT_EQ(item.attempts, 1);
    EXPECT_EQ(item.sends, 0);
    finish(item, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
    const auto attempts = details(id).attempts;
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[1].attempt_no, 2);
    EXPECT_EQ(details(id).jobs.size(), 2U);
}

TEST_P(EventStoreContract, ReplaysAFailedEventWithTheFullRetryBudget) {
    const auto id = ingestEvent("evt-1");
    finish(claimOne(), DeliveryOutcome::Retry, std::chrono::milliseconds{0});
    finish(claimOne(), DeliveryOutcome::Failed);
    EXPECT_TRUE(replay(id).due_now);
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 1);
    EXPECT_EQ(item.attempts, 2);
    EXPECT_EQ(item.sends, 0);
    EXPECT_EQ(store().queueDepth().failed, 0);
}

TEST_P(EventStoreContract, ReplaysAWaitingEventAtOnceWithTheFullRetryBudget) {
    const auto id = ingestEvent("evt-1");
    finish(claimOne(), DeliveryOutcome::Retry, std::chrono::hours{1});
    EXPECT_TRUE(claim().empty());
    EXPECT_TRUE(replay(id).due_now);
    EXPECT_EQ(status(id), EventStatus::Retrying);
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 0);
    EXPECT_EQ(item.attempts, 1);
    EXPECT_EQ(item.sends, 0);
    finish(item, DeliveryOutcome::Retry, std::chrono::milliseconds{0});
    EXPECT_EQ(claimOne().sends, 1);
}

TEST_P(EventStoreContract, SendsAnEventInFlightAgainWhenTheFlightHasEnded) {
    const auto id = ingestEvent("evt-1", true);
    const auto receipt = replay(id);
    EXPECT_FALSE(receipt.due_now);
    EXPECT_EQ(status(id), EventStatus::Processing);
    EXPECT_TRUE(claim().empty());
    EXPECT_TRUE(audit("replay.dispatched").empty());
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    EXPECT_EQ(audit("replay.dispatched").size(), 1U);
    EXPECT_TRUE(audit("replay.completed").empty());
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 1);
    EXPECT_EQ(item.attempts, 1);
    finish(item, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
    EXPECT_EQ(audit("replay.completed").size(), 1U);
    EXPECT_TRUE(claim().empty());
}

TEST_P(EventStoreContract, StartsTheReplayInsteadOfARetryOfTheFlightBeforeIt) {
    const auto id = ingestEvent("evt-1", true);
    replay(id);
    finish(firstLease(id), 1, DeliveryOutcome::Retry);
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 1);
    EXPECT_EQ(item.sends, 0);
}

TEST_P(EventStoreContract, StartsTheReplayWhenTheLeaseOfTheFlightHasExpired) {
    const auto id = ingestEvent("evt-1", true);
    replay(id);
    clock().advance(kLease);
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 1);
    EXPECT_EQ(item.attempts, 1);
    finish(item, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(audit("replay.completed").size(), 1U);
    EXPECT_EQ(store().queueDepth().processing, 0);
}

TEST_P(EventStoreContract, StartsTheReplayWhenTheEventIsGivenBackUnsent) {
    const auto id = ingestEvent("evt-1", true);
    replay(id);
    const std::array refs{firstLease(id)};
    store().release(refs);
    const auto item = claimOne();
    EXPECT_EQ(item.ref.generation, 1);
    EXPECT_EQ(item.attempts, 0);
    finish(item, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Processed);
    EXPECT_TRUE(claim().empty());
}

TEST_P(EventStoreContract, JoinsReplaysThatWaitForTheSameFlight) {
    const auto id = ingestEvent("evt-1", true);
    replay(id);
    replay(id);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    finish(claimOne(), DeliveryOutcome::Delivered);
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(audit("replay.completed").size(), 2U);
}

TEST_P(EventStoreContract, DropsASuccessOfAnEarlierGeneration) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Failed);
    replay(id);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    EXPECT_EQ(status(id), EventStatus::Pending);
    EXPECT_EQ(store().counters().fenced_results, 1U);
}

TEST_P(EventStoreContract, ForgetsUnknownOutcomesWhenAReplayBegins) {
    const auto id = ingestEvent("evt-1", true);
    for (int i = 0; i < kUnknownOutcomesMax; ++i) {
        clock().advance(kLease);
        claim();
    }
    ASSERT_EQ(status(id), EventStatus::Failed);
    replay(id);
    claimOne();
    clock().advance(kLease);
    EXPECT_EQ(claimOne().attempts, kUnknownOutcomesMax + 1);
}

TEST_P(EventStoreContract, AuditsAReplayFromRequestToSuccess) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    const auto receipt = replay(id);
    finish(claimOne(), DeliveryOutcome::Delivered);
    for (const auto* action : {"replay.requested", "replay.completed"}) {
        const auto entries = audit(action);
        ASSERT_EQ(entries.size(), 1U) << action;
        EXPECT_EQ(entries[0].entity_type, "replay_request");
        EXPECT_EQ(entries[0].entity_id, receipt.replay_request_id.text());
        EXPECT_EQ(entries[0].actor, "operator");
        EXPECT_THAT(entries[0].details_json, HasSubstr("customer asked"));
        EXPECT_THAT(entries[0].details_json, HasSubstr("key-1"));
        EXPECT_THAT(entries[0].details_json, HasSubstr(id.text()));
    }
    const auto dispatched = audit("replay.dispatched");
    ASSERT_EQ(dispatched.size(), 1U);
    EXPECT_EQ(dispatched[0].entity_type, "normalized_event");
    EXPECT_EQ(dispatched[0].entity_id, id.text());
    EXPECT_EQ(dispatched[0].actor, "operator");
    EXPECT_THAT(dispatched[0].details_json, HasSubstr(receipt.replay_request_id.text()));
}

TEST_P(EventStoreContract, AuditsAReplayThatFails) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Failed);
    replay(id);
    finish(claimOne(), DeliveryOutcome::Retry, std::chrono::milliseconds{0});
    EXPECT_TRUE(audit("replay.failed").empty());
    finish(claimOne(), DeliveryOutcome::Failed);
    EXPECT_EQ(audit("replay.failed").size(), 1U);
    EXPECT_TRUE(audit("replay.completed").empty());
}

} // namespace
} // namespace hookgate::store
