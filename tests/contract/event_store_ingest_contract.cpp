#include "core/base/hex.hpp"
#include "tests/contract/event_store_contract.hpp"

#include <gmock/gmock.h>

#include <array>
#include <set>
#include <thread>
#include <utility>

namespace hookgate::store {
namespace {

using domain::DeliveryOutcome;
using testing::HasSubstr;

TEST_P(EventStoreContract, StoresANewEventUnderItsOwnId) {
    auto webhook = newWebhook("evt-1");
    const auto id = webhook.events.front().id;
    const auto outcome = ingest(std::move(webhook));
    EXPECT_TRUE(outcome.durable);
    ASSERT_EQ(outcome.events.size(), 1U);
    EXPECT_EQ(outcome.events[0].id, id);
    EXPECT_FALSE(outcome.events[0].duplicate);
    EXPECT_FALSE(outcome.events[0].conflict);
    EXPECT_EQ(status(id), domain::EventStatus::Pending);
}

TEST_P(EventStoreContract, AnswersADuplicateWithTheFirstOnesId) {
    const auto id = ingestEvent("evt-1");
    const auto outcome = ingest(newWebhook("evt-1"));
    EXPECT_TRUE(outcome.durable);
    EXPECT_EQ(outcome.events.at(0).id, id);
    EXPECT_TRUE(outcome.events.at(0).duplicate);
    EXPECT_FALSE(outcome.events.at(0).conflict);
    EXPECT_EQ(claim().size(), 1U);
}

TEST_P(EventStoreContract, RemembersKeysOfProcessedEvents) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    const auto outcome = ingest(newWebhook("evt-1"));
    EXPECT_EQ(outcome.events.at(0).id, id);
    EXPECT_TRUE(outcome.events.at(0).duplicate);
    EXPECT_TRUE(claim().empty());
}

TEST_P(EventStoreContract, AuditsTheSameKeyWithAnotherBodyAsAConflictWithBothHashes) {
    auto first = newWebhook("evt-1");
    const auto first_hash = base::toHex(first.body_sha256);
    const auto id = ingest(std::move(first)).events.at(0).id;
    auto second = newWebhook("evt-1");
    setBody(second, "another body");
    const auto second_hash = base::toHex(second.body_sha256);
    const auto outcome = ingest(std::move(second));
    EXPECT_TRUE(outcome.events.at(0).duplicate);
    EXPECT_TRUE(outcome.events.at(0).conflict);
    EXPECT_EQ(outcome.events.at(0).id, id);
    const auto entries = audit("webhook.conflict");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].entity_id, id.text());
    EXPECT_EQ(entries[0].actor, "provider:acme");
    EXPECT_THAT(entries[0].details_json, HasSubstr(first_hash));
    EXPECT_THAT(entries[0].details_json, HasSubstr(second_hash));
}

TEST_P(EventStoreContract, StoresTheNewEventsOfAWebhookThatRepeatsOthers) {
    const auto known = ingestEvent("evt-1");
    auto webhook = newWebhook("evt-1");
    webhook.events.push_back(newEvent("evt-2"));
    const auto webhook_id = webhook.id;
    const auto outcome = ingest(std::move(webhook));
    ASSERT_EQ(outcome.events.size(), 2U);
    EXPECT_TRUE(outcome.events[0].duplicate);
    EXPECT_EQ(outcome.events[0].id, known);
    EXPECT_FALSE(outcome.events[1].duplicate);
    EXPECT_EQ(details(outcome.events[1].id).event.webhook_id, webhook_id);
}

TEST_P(EventStoreContract, DoesNotStoreAWebhookThatBringsNothingNew) {
    ingestEvent("evt-1");
    ingest(newWebhook("evt-1"));
    EXPECT_EQ(audit("webhook.received").size(), 1U);
}

TEST_P(EventStoreContract, TakesAKeyThatAWebhookRepeatsOnce) {
    auto webhook = newWebhook("evt-1");
    webhook.events.push_back(newEvent("evt-1"));
    const auto outcome = ingest(std::move(webhook));
    ASSERT_EQ(outcome.events.size(), 2U);
    EXPECT_FALSE(outcome.events[0].duplicate);
    EXPECT_TRUE(outcome.events[1].duplicate);
    EXPECT_FALSE(outcome.events[1].conflict);
    EXPECT_EQ(outcome.events[1].id, outcome.events[0].id);
    EXPECT_EQ(claim().size(), 1U);
}

TEST_P(EventStoreContract, KeepsOneEventAnIdHoweverManySendItAtOnce) {
    constexpr int kThreads = 64;
    constexpr int kIds = 20;
    std::vector<std::vector<StoredEvent>> seen(kThreads);
    {
        std::vector<std::vector<domain::NewWebhook>> webhooks(kThreads);
        for (auto& mine : webhooks)
            for (int i = 0; i < kIds; ++i)
                mine.push_back(newWebhook("evt-" + std::to_string(i)));
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t] {
                for (auto& webhook : webhooks[t])
                    seen[t].push_back(ingest(std::move(webhook)).events.at(0));
            });
    }
    for (std::size_t i = 0; i < kIds; ++i) {
        std::set<domain::Uuid> ids;
        int fresh = 0;
        for (const auto& mine : seen) {
            ids.insert(mine.at(i).id);
            fresh += mine.at(i).duplicate ? 0 : 1;
        }
        EXPECT_EQ(ids.size(), 1U);
        EXPECT_EQ(fresh, 1);
    }
    EXPECT_EQ(claim(1000).size(), kIds);
}

TEST_P(EventStoreContract, KeepsBytesFromOutsideExactly) {
    const std::string bytes{"\0\xff\xfe\"\\\n\xed\xa0\x80", 9};
    auto webhook = newWebhook("evt-1");
    setBody(webhook, bytes);
    webhook.headers = "x-odd: \xff\x01\r\n";
    webhook.events.front().payload = R"({"n":12345678901234567890,"a":1.10,"b":1e400})";
    const auto payload = webhook.events.front().payload;
    const auto id = ingest(std::move(webhook)).events.at(0).id;
    const auto stored = details(id);
    EXPECT_EQ(stored.webhook.body, bytes);
    EXPECT_EQ(stored.webhook.headers, "x-odd: \xff\x01\r\n");
    EXPECT_EQ(stored.event.payload, payload);
    EXPECT_EQ(claimOne().payload, payload);
}

TEST_P(EventStoreContract, KeepsEverythingAboutAWebhook) {
    auto webhook = newWebhook("evt-1");
    webhook.events.front().idempotency_key = "acme:payload:abc#0";
    const auto sent = webhook;
    const auto stored = details(ingest(std::move(webhook)).events.at(0).id);
    EXPECT_EQ(stored.webhook.id, sent.id);
    EXPECT_EQ(stored.webhook.idempotency_key, "acme:payload:abc#0");
    EXPECT_EQ(stored.webhook.source_ip, sent.source_ip);
    EXPECT_EQ(stored.webhook.key_id, "current");
    EXPECT_EQ(stored.webhook.correlation_id, sent.correlation_id);
    EXPECT_EQ(stored.webhook.received_at, sent.received_at);
    EXPECT_EQ(stored.event.integration_id, acme_.id);
    EXPECT_EQ(stored.event.provider, "acme");
    EXPECT_EQ(stored.event.external_id, "evt-1");
    EXPECT_EQ(stored.event.type, "invoice.paid");
    EXPECT_EQ(stored.event.subject, "customer-1");
    EXPECT_EQ(stored.event.occurred_at, sent.events.front().occurred_at);
}

// A key as long as provider and external id together is not for that reason made of them.
TEST_P(EventStoreContract, KeepsAKeyThatOnlyHasTheUsualLength) {
    auto webhook = newWebhook("evt-1");
    webhook.events.front().idempotency_key = "emca:evt-2";
    const auto id = ingest(std::move(webhook)).events.at(0).id;
    EXPECT_EQ(details(id).webhook.idempotency_key, "emca:evt-2");
}

TEST_P(EventStoreContract, DoesNotLetABadItemFailItsNeighbours) {
    std::vector<std::future<IngestOutcome>> outcomes;
    for (int i = 0; i < 100; ++i) {
        auto webhook = newWebhook("evt-" + std::to_string(i));
        if (i % 33 == 7) webhook.integration_id = harness_->ids().next();
        outcomes.push_back(submit(std::move(webhook)));
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        EXPECT_EQ(outcomes[i].get().durable, i % 33 != 7) << i;
    EXPECT_EQ(claim().size(), 97U);
    EXPECT_TRUE(store().health().writable);
}

TEST_P(EventStoreContract, InsertsALeasedEventAsTheCallersOwn) {
    const auto outcome = ingest(newWebhook("evt-1", true));
    EXPECT_EQ(outcome.lease_expires, clock().bootMs() + kLease.count());
    EXPECT_EQ(status(outcome.events.at(0).id), domain::EventStatus::Processing);
    EXPECT_TRUE(claim().empty());
    clock().advance(kLease - std::chrono::milliseconds{1});
    EXPECT_TRUE(claim().empty());
    clock().advance(std::chrono::milliseconds{1});
    EXPECT_EQ(claim().size(), 1U);
}

TEST_P(EventStoreContract, InsertsAnUnleasedEventDueAtOnce) {
    const auto id = ingestEvent("evt-1");
    EXPECT_EQ(store().untilNextDue(), std::chrono::milliseconds{0});
    EXPECT_EQ(claimOne().ref.event_id, id);
}

TEST_P(EventStoreContract, FlushReturnsWhenAllThatCameBeforeIsWritten) {
    std::vector<domain::Uuid> ids;
    for (int i = 0; i < 700; ++i) {
        auto webhook = newWebhook("evt-" + std::to_string(i), true);
        ids.push_back(webhook.events.front().id);
        submit(std::move(webhook));
    }
    store().flush();
    for (const auto& id : ids)
        EXPECT_TRUE(harness_->queries().event(id).has_value());
    for (const auto& id : ids) {
        domain::DeliveryResult result;
        result.ref = firstLease(id);
        result.integration_id = acme_.id;
        result.attempt_no = 1;
        result.outcome = DeliveryOutcome::Delivered;
        store().finish(std::move(result));
    }
    store().flush();
    EXPECT_EQ(store().queueDepth().processing, 0);
}

} // namespace
} // namespace hookgate::store
