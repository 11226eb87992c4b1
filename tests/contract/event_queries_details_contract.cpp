#include "tests/contract/event_queries_contract.hpp"

#include <limits>

namespace hookgate::store {
namespace {

using domain::DeliveryOutcome;
using domain::EventStatus;
using namespace std::chrono_literals;

// Another id than `id` whose time and counter are the same.
domain::Uuid cousinOf(domain::Uuid id, std::size_t byte) {
    id.bytes[byte] ^= 0x10;
    return id;
}

} // namespace

TEST_P(EventQueriesContract, TellsEverythingAboutANewEvent) {
    const auto received_at = clock().unixMs();
    const auto id = ingest({.external_id = "evt_7", .type = "t.one", .subject = "s1"});
    const auto details = queries().event(id);
    ASSERT_TRUE(details);
    const auto& event = details->event;
    EXPECT_EQ(event.id, id);
    EXPECT_EQ(event.webhook_id, details->webhook.id);
    EXPECT_EQ(event.integration_id, integration("acme").id);
    EXPECT_EQ(event.provider, "acme");
    EXPECT_EQ(event.external_id, "evt_7");
    EXPECT_EQ(event.type, "t.one");
    EXPECT_EQ(event.subject, "s1");
    EXPECT_EQ(event.payload, R"({"n":12345678901234567890})");
    EXPECT_EQ(event.status, EventStatus::Pending);
    EXPECT_EQ(event.processing_attempts, 0);
    EXPECT_EQ(event.last_error, "");
    EXPECT_EQ(event.occurred_at, 1'700'000'000'000);
    EXPECT_EQ(event.last_processed_at, 0);
    EXPECT_GE(event.created_at, received_at);
    EXPECT_EQ(event.updated_at, event.created_at);
    EXPECT_EQ(event.received_at, received_at);
    EXPECT_FALSE(event.test);

    EXPECT_EQ(details->webhook.external_id, "evt_7");
    EXPECT_EQ(details->webhook.idempotency_key, "acme:evt_7");
    EXPECT_EQ(details->webhook.headers, "content-type: application/json\r\n");
    EXPECT_EQ(details->webhook.body, R"({"id":"x"})");
    EXPECT_EQ(details->webhook.source_ip, "192.0.2.1");
    EXPECT_EQ(details->webhook.key_id, "");
    EXPECT_EQ(details->webhook.correlation_id, "correlation-1");
    EXPECT_EQ(details->webhook.received_at, received_at);
    EXPECT_TRUE(details->attempts.empty());

    const auto listed = queries().events({}, {}).items;
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].id, id);
    EXPECT_EQ(listed[0].payload, event.payload);
    EXPECT_EQ(listed[0].webhook_id, event.webhook_id);
}

TEST_P(EventQueriesContract, TellsWhatThePluginSaidOfAnEvent) {
    const auto ids = ingestTogether(
        {{.external_id = "evt_a", .key_id = "2025", .test = true}, {.external_id = "evt_b"}});
    ASSERT_EQ(ids.size(), 2U);
    EXPECT_EQ(queries().event(ids[0])->webhook.key_id, "2025");
    EXPECT_TRUE(queries().event(ids[0])->event.test);
    EXPECT_EQ(queries().event(ids[1])->webhook.key_id, "2025");
    EXPECT_FALSE(queries().event(ids[1])->event.test);
}

TEST_P(EventQueriesContract, KnowsNoEventByAnotherId) {
    const auto id = ingest({});
    EXPECT_FALSE(queries().event({}));
    EXPECT_FALSE(queries().event(base::Uuid::derived("x")));
    for (const std::size_t byte : {6U, 8U, 15U}) {
        EXPECT_FALSE(queries().event(cousinOf(id, byte))) << byte;
        EXPECT_EQ(queries().attempts({.success = {}, .event_id = cousinOf(id, byte)}, {}).total, 0);
    }
}

TEST_P(EventQueriesContract, KeepsEventsOfOneWebhookApart) {
    const auto ids = ingestTogether(
        {{.external_id = "evt_a", .type = "one"}, {.external_id = "evt_b", .type = "two"}});
    ASSERT_EQ(ids.size(), 2U);
    const auto first = queries().event(ids[0]);
    const auto second = queries().event(ids[1]);
    EXPECT_EQ(first->webhook.id, second->webhook.id);
    EXPECT_EQ(first->webhook.idempotency_key, "acme:evt_a");
    EXPECT_EQ(second->webhook.idempotency_key, "acme:evt_b");
    EXPECT_EQ(second->event.type, "two");
}

TEST_P(EventQueriesContract, GivesBytesBackAsTheyCame) {
    const std::string bytes{"\xff\xfe\0\x80 \xC3(", 8};
    const auto id =
        ingest({.subject = bytes, .headers = "x: " + bytes + "\r\n", .body = bytes + bytes});
    record(claimAll().at(0), DeliveryOutcome::Retry, bytes);
    const auto details = queries().event(id);
    EXPECT_EQ(details->event.subject, bytes);
    EXPECT_EQ(details->webhook.body, bytes + bytes);
    EXPECT_EQ(details->webhook.headers, "x: " + bytes + "\r\n");
    ASSERT_EQ(details->attempts.size(), 1U);
    EXPECT_EQ(details->attempts[0].response_body, bytes);
    EXPECT_EQ(queries().attempts({}, {}).items.at(0).response_body, bytes);
    EventFilter filter;
    filter.subject = std::string{"\0\x80", 2};
    EXPECT_EQ(queries().events(filter, {}).total, 1);
    filter.subject = std::string{"\0\x81", 2};
    EXPECT_EQ(queries().events(filter, {}).total, 0);
}

TEST_P(EventQueriesContract, FollowsAnEventFromItsFirstSendToItsLast) {
    const auto id = ingest({});
    const auto created = eventRow(id).created_at;
    const auto first = claimAll().at(0);
    EXPECT_EQ(eventRow(id).status, EventStatus::Processing);
    EXPECT_EQ(eventRow(id).processing_attempts, 0);

    record(first, DeliveryOutcome::Retry);
    auto event = eventRow(id);
    EXPECT_EQ(event.status, EventStatus::Retrying);
    EXPECT_EQ(event.processing_attempts, 1);
    EXPECT_EQ(event.last_error, "callback said 500");
    EXPECT_GT(event.last_processed_at, created);
    EXPECT_EQ(event.updated_at, event.last_processed_at);
    const auto first_time = event.last_processed_at;

    const auto second = claimAll().at(0);
    EXPECT_EQ(eventRow(id).status, EventStatus::Processing);
    EXPECT_EQ(eventRow(id).last_error, "callback said 500");
    record(second, DeliveryOutcome::Delivered);
    event = eventRow(id);
    EXPECT_EQ(event.status, EventStatus::Processed);
    EXPECT_EQ(event.processing_attempts, 2);
    EXPECT_EQ(event.last_error, "");
    EXPECT_GT(event.last_processed_at, first_time);
    EXPECT_EQ(event.created_at, created);
}

TEST_P(EventQueriesContract, ShowsAFailedEventWithItsError) {
    const auto id = ingest({});
    send(id, DeliveryOutcome::Failed);
    const auto event = eventRow(id);
    EXPECT_EQ(event.status, EventStatus::Failed);
    EXPECT_EQ(event.last_error, "callback said 500");
    EXPECT_EQ(event.processing_attempts, 1);
}

TEST_P(EventQueriesContract, ShowsASendWithoutAResultAsFailed) {
    const auto id = ingest({});
    ASSERT_EQ(claimAll().size(), 1U);
    clock().advance(31s);
    ASSERT_EQ(claimAll().size(), 1U);
    const auto details = queries().event(id);
    ASSERT_EQ(details->attempts.size(), 1U);
    EXPECT_FALSE(details->attempts[0].success);
    EXPECT_EQ(details->attempts[0].http_status, 0);
    EXPECT_NE(details->event.last_error, "");
    EXPECT_EQ(audit({.entity_type = {}, .entity_id = id.text(), .action = "event.retry_scheduled"})
                  .size(),
              1U);
}

TEST_P(EventQueriesContract, ListsAttemptsByOutcomeAndEventNewestFirst) {
    const auto delivered = ingest({});
    send(delivered, DeliveryOutcome::Delivered);
    const auto troubled = ingest({.provider = "globex"});
    send(troubled, DeliveryOutcome::Retry);
    send(troubled, DeliveryOutcome::Retry);
    send(troubled, DeliveryOutcome::Failed);

    const auto all = queries().attempts({}, {1, 3});
    EXPECT_EQ(all.total, 4);
    ASSERT_EQ(all.items.size(), 3U);
    EXPECT_EQ(all.items[0].event_id, troubled);
    EXPECT_EQ(all.items[0].attempt_no, 3);
    EXPECT_EQ(all.items[2].attempt_no, 1);
    const auto rest = queries().attempts({}, {2, 3});
    ASSERT_EQ(rest.items.size(), 1U);
    EXPECT_EQ(rest.items[0].event_id, delivered);
    EXPECT_TRUE(rest.items[0].success);

    const auto failed = queries().attempts({.success = false, .event_id = {}}, {});
    EXPECT_EQ(failed.total, 3);
    EXPECT_EQ(failed.items.size(), 3U);
    const auto succeeded = queries().attempts({.success = true, .event_id = {}}, {});
    EXPECT_EQ(succeeded.total, 1);
    ASSERT_EQ(succeeded.items.size(), 1U);
    const auto& attempt = succeeded.items[0];
    EXPECT_EQ(attempt.event_id, delivered);
    EXPECT_EQ(attempt.integration_id, integration("acme").id);
    EXPECT_EQ(attempt.http_status, 200);
    EXPECT_EQ(attempt.response_body, "ok");
    EXPECT_EQ(attempt.error_message, "");
    EXPECT_EQ(attempt.duration_ms, 12);
    EXPECT_GT(attempt.created_at, 0);

    EXPECT_EQ(queries().attempts({.success = {}, .event_id = troubled}, {1, 2}).total, 3);
    EXPECT_EQ(queries().attempts({.success = {}, .event_id = troubled}, {2, 2}).items.size(), 1U);
    EXPECT_EQ(queries().attempts({.success = true, .event_id = troubled}, {}).total, 0);
    EXPECT_EQ(queries().attempts({.success = false, .event_id = troubled}, {}).total, 3);
    EXPECT_TRUE(
        queries().attempts({}, {std::numeric_limits<std::int64_t>::max(), 100}).items.empty());
}

TEST_P(EventQueriesContract, GivesANewEventOneJob) {
    const auto id = ingest({});
    const auto before = jobs(id);
    ASSERT_EQ(before.size(), 1U);
    EXPECT_FALSE(before[0].id.isNil());
    EXPECT_FALSE(before[0].replay);
    EXPECT_EQ(before[0].status, EventStatus::Pending);
    EXPECT_EQ(before[0].attempts, 0);
    EXPECT_EQ(before[0].created_at, eventRow(id).created_at);
    EXPECT_EQ(before[0].finished_at, 0);
    send(id, DeliveryOutcome::Delivered);
    const auto after = jobs(id);
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(after[0].id, before[0].id);
    EXPECT_EQ(after[0].status, EventStatus::Processed);
    EXPECT_EQ(after[0].attempts, 1);
    EXPECT_EQ(after[0].finished_at, eventRow(id).last_processed_at);
}

TEST_P(EventQueriesContract, GivesEachReplayOfAFinishedEventAJob) {
    const auto id = ingest({});
    send(id, DeliveryOutcome::Failed);
    const auto second = replay(id);
    EXPECT_EQ(eventRow(id).status, EventStatus::Pending);
    EXPECT_EQ(eventRow(id).updated_at, jobs(id).at(1).created_at);
    send(id, DeliveryOutcome::Retry);
    send(id, DeliveryOutcome::Delivered);
    const auto third = replay(id);

    const auto all = jobs(id);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].status, EventStatus::Failed);
    EXPECT_NE(all[0].finished_at, 0);
    EXPECT_EQ(all[1].id, second);
    EXPECT_TRUE(all[1].replay);
    EXPECT_EQ(all[1].status, EventStatus::Processed);
    EXPECT_EQ(all[1].attempts, 2);
    EXPECT_EQ(all[2].id, third);
    EXPECT_EQ(all[2].status, EventStatus::Pending);
    EXPECT_EQ(all[2].attempts, 0);
    EXPECT_EQ(all[2].finished_at, 0);
    EXPECT_GT(all[2].created_at, all[1].finished_at);
    EXPECT_EQ(eventRow(id).processing_attempts, 3);
}

TEST_P(EventQueriesContract, LetsAReplayOfAWaitingEventJoinItsJob) {
    const auto id = ingest({});
    replay(id);
    const auto all = jobs(id);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_FALSE(all[0].replay);
    EXPECT_EQ(all[0].status, EventStatus::Pending);
}

TEST_P(EventQueriesContract, ShowsAReplayThatWaitsForTheSendInFlight) {
    const auto id = ingest({});
    const auto item = claimAll().at(0);
    const auto request = replay(id);
    auto all = jobs(id);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].status, EventStatus::Processing);
    EXPECT_EQ(all[1].status, EventStatus::Pending);
    EXPECT_EQ(all[1].id, request);
    record(item, DeliveryOutcome::Delivered);
    all = jobs(id);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].status, EventStatus::Processed);
    EXPECT_EQ(all[1].status, EventStatus::Pending);
    EXPECT_EQ(eventRow(id).status, EventStatus::Pending);
    send(id, DeliveryOutcome::Delivered);
    EXPECT_EQ(jobs(id).at(1).status, EventStatus::Processed);
}

TEST_P(EventQueriesContract, HoldsTheLatestAttemptsOfAnEventThatHasVeryMany) {
    const auto id = ingest({});
    for (std::int64_t i = 0; i < kAttemptsInDetails + 5; ++i)
        send(id, DeliveryOutcome::Retry);
    const auto details = queries().event(id);
    ASSERT_EQ(details->attempts.size(), static_cast<std::size_t>(kAttemptsInDetails));
    EXPECT_EQ(details->attempts.front().attempt_no, 6);
    EXPECT_EQ(details->attempts.back().attempt_no, kAttemptsInDetails + 5);
    EXPECT_EQ(details->jobs.at(0).attempts, kAttemptsInDetails + 5);
    EXPECT_EQ(queries().attempts({.success = {}, .event_id = id}, {}).total,
              kAttemptsInDetails + 5);
}

} // namespace hookgate::store
