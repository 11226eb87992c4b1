#include "tests/contract/event_store_contract.hpp"

#include <algorithm>
#include <array>

namespace hookgate::store {
namespace {

using domain::DeliveryOutcome;

std::size_t retainAll(EventStore& store, domain::UnixMs cutoff) {
    std::size_t rows = 0;
    for (auto step = store.retain(cutoff); step > 0; step = store.retain(cutoff))
        rows += step;
    return rows;
}

TEST_P(EventStoreContract, UpdatesIntegrationsByProviderAndName) {
    auto changed = acme_;
    changed.callback_url.literal = "http://127.0.0.1:9/other";
    auto& secret = changed.secrets.emplace_back();
    secret.key_id = "current";
    secret.value.env = "ACME_WEBHOOK_SECRET";
    changed.settings_json = R"({"window":300})";
    changed.public_url = "https://hooks.example/in";
    changed.tolerance_s = 60;
    changed.plugin = "generic";
    clock().advance(std::chrono::seconds{1});
    const std::array wanted{changed};
    const auto stored = store().upsertIntegrations(wanted);
    ASSERT_EQ(stored.size(), 2U);
    EXPECT_EQ(stored[0].id, acme_.id);
    EXPECT_EQ(stored[0].callback_url, changed.callback_url);
    EXPECT_EQ(stored[0].secrets, changed.secrets);
    EXPECT_EQ(stored[0].settings_json, changed.settings_json);
    EXPECT_EQ(stored[0].public_url, changed.public_url);
    EXPECT_EQ(stored[0].tolerance_s, changed.tolerance_s);
    EXPECT_EQ(stored[0].plugin, changed.plugin);
    EXPECT_EQ(stored[0].created_at, acme_.created_at);
    EXPECT_EQ(stored[0].updated_at, clock().unixMs());
    EXPECT_EQ(stored[1].updated_at, globex_.updated_at);
    EXPECT_EQ(audit("integration.updated").size(), 1U);
}

TEST_P(EventStoreContract, LeavesUnchangedIntegrationsAlone) {
    const auto version = store().integrationsVersion();
    clock().advance(std::chrono::seconds{1});
    const std::array wanted{acme_, globex_};
    const auto stored = store().upsertIntegrations(wanted);
    EXPECT_EQ(stored.at(0).updated_at, acme_.updated_at);
    EXPECT_EQ(store().integrationsVersion(), version);
    EXPECT_EQ(audit("integration.created").size(), 2U);
    EXPECT_TRUE(audit("integration.updated").empty());
}

TEST_P(EventStoreContract, TellsThatAnIntegrationChanged) {
    const auto version = store().integrationsVersion();
    auto changed = acme_;
    changed.active = false;
    const std::array wanted{changed};
    store().upsertIntegrations(wanted);
    EXPECT_NE(store().integrationsVersion(), version);
    EXPECT_FALSE(store().integrations().at(0).active);
}

TEST_P(EventStoreContract, LetsTwoIntegrationsOfAProviderChangePlaces) {
    auto standby = acme_;
    standby.name = "acme-standby";
    standby.active = false;
    const std::array first{standby};
    store().upsertIntegrations(first);
    standby.active = true;
    auto retired = acme_;
    retired.active = false;
    const std::array swapped{standby, retired};
    const auto stored = store().upsertIntegrations(swapped);
    EXPECT_EQ(std::count_if(stored.begin(), stored.end(),
                            [](const auto& one) { return one.provider == "acme" && one.active; }),
              1);
}

TEST_P(EventStoreContract, RefusesTwoActiveIntegrationsOfAProviderAndChangesNothing) {
    auto second = acme_;
    second.name = "acme-second";
    auto changed = globex_;
    changed.settings_json = R"({"changed":true})";
    const std::array wanted{changed, second};
    const auto version = store().integrationsVersion();
    EXPECT_THROW(store().upsertIntegrations(wanted), StoreError);
    EXPECT_EQ(store().integrations().size(), 2U);
    EXPECT_EQ(store().integrations().at(1).settings_json, globex_.settings_json);
    EXPECT_EQ(store().integrationsVersion(), version);
    ingestEvent("evt-1");
}

TEST_P(EventStoreContract, DeletesWhatIsOldAndFinished) {
    const auto old = ingestEvent("evt-1", true);
    finish(firstLease(old), 1, DeliveryOutcome::Delivered);
    clock().advance(std::chrono::hours{1});
    const auto cutoff = clock().unixMs();
    const auto young = ingestEvent("evt-2", true);
    finish(firstLease(young), 1, DeliveryOutcome::Delivered);
    EXPECT_GT(retainAll(store(), cutoff), 0U);
    EXPECT_EQ(harness_->queries().event(old), std::nullopt);
    EXPECT_TRUE(harness_->queries().event(young).has_value());
    EXPECT_EQ(harness_->queries().attempts({}, {}).total, 1);
    EXPECT_EQ(harness_->queries().events({}, {}).total, 1);
    EXPECT_EQ(audit("webhook.received").size(), 1U);
    EXPECT_TRUE(audit("integration.created").empty()); // older than the cutoff, too
}

TEST_P(EventStoreContract, KeepsWhatIsUnfinishedHoweverOldItIs) {
    const auto failed = ingestEvent("evt-1");
    finish(claimOne(), DeliveryOutcome::Failed);
    const auto retrying = ingestEvent("evt-2");
    finish(claimOne(), DeliveryOutcome::Retry);
    const auto pending = ingestEvent("evt-3");
    const auto replayed = ingestEvent("evt-4", true);
    finish(firstLease(replayed), 1, DeliveryOutcome::Delivered);
    replay(replayed);
    clock().advance(std::chrono::hours{1});
    retainAll(store(), clock().unixMs());
    for (const auto& id : {failed, retrying, pending, replayed})
        EXPECT_TRUE(harness_->queries().event(id).has_value());
    EXPECT_TRUE(ingest(newWebhook("evt-1")).events.at(0).duplicate);
}

TEST_P(EventStoreContract, DeletesABoundedNumberAtATime) {
    for (int i = 0; i < 1500; ++i)
        submit(newWebhook("evt-" + std::to_string(i), true));
    store().flush();
    clock().advance(kLease);
    for (auto items = claim(1000); !items.empty(); items = claim(1000))
        for (const auto& item : items) {
            domain::DeliveryResult result;
            result.ref = item.ref;
            result.integration_id = item.integration_id;
            result.attempt_no = item.attempts + 1;
            result.outcome = DeliveryOutcome::Delivered;
            store().finish(std::move(result));
        }
    store().flush();
    clock().advance(std::chrono::hours{1});
    const auto first = store().retain(clock().unixMs());
    EXPECT_GT(first, 0U);
    EXPECT_LE(first, 1000U);
    EXPECT_GE(first + retainAll(store(), clock().unixMs()), 1500U);
    EXPECT_EQ(harness_->queries().events({}, {}).total, 0);
    EXPECT_EQ(harness_->queries().attempts({}, {}).total, 0);
}

TEST_P(EventStoreContract, KeepsAWebhookUntilTheLastOfItsEventsGoes) {
    auto webhook = newWebhook("evt-1", true);
    webhook.events.push_back(newEvent("evt-2"));
    const auto stored = ingest(std::move(webhook));
    finish(firstLease(stored.events.at(0).id), 1, DeliveryOutcome::Delivered);
    clock().advance(std::chrono::hours{1});
    retainAll(store(), clock().unixMs());
    EXPECT_EQ(harness_->queries().event(stored.events[0].id), std::nullopt);
    const auto body = details(stored.events.at(1).id).webhook.body;
    EXPECT_FALSE(body.empty());
    finish(claimOne(), DeliveryOutcome::Delivered);
    clock().advance(std::chrono::hours{1});
    retainAll(store(), clock().unixMs());
    EXPECT_TRUE(audit("webhook.received").empty());
}

TEST_P(EventStoreContract, TakesAKeyAgainWhoseEventIsGone) {
    const auto old = ingestEvent("evt-1", true);
    finish(firstLease(old), 1, DeliveryOutcome::Delivered);
    clock().advance(std::chrono::hours{1});
    retainAll(store(), clock().unixMs());
    EXPECT_NE(ingestEvent("evt-1"), old);
}

TEST_P(EventStoreContract, KeepsAnAuditEntryAndFillsInWhatIsMissing) {
    domain::AuditEntry entry;
    entry.entity_type = "api";
    entry.entity_id = "/api/v1/events";
    entry.action = "auth.failed";
    entry.actor = "system";
    entry.details_json = R"({"count":3})";
    store().audit(entry);
    store().flush();
    const auto entries = audit("auth.failed");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_FALSE(entries[0].id.isNil());
    EXPECT_EQ(entries[0].created_at, clock().unixMs());
    EXPECT_EQ(entries[0].entity_type, "api");
    EXPECT_EQ(entries[0].entity_id, "/api/v1/events");
    EXPECT_EQ(entries[0].details_json, R"({"count":3})");
}

TEST_P(EventStoreContract, CountsWhatItDid) {
    const auto id = ingestEvent("evt-1", true);
    finish(firstLease(id), 1, DeliveryOutcome::Delivered);
    const auto counters = store().counters();
    EXPECT_EQ(counters.ingest_batches, 1U);
    EXPECT_EQ(counters.ingested_events, 1U);
    EXPECT_EQ(counters.finish_batches, 1U);
    EXPECT_EQ(counters.finished_results, 1U);
    EXPECT_EQ(counters.fenced_results, 0U);
    EXPECT_EQ(counters.failed_transactions, 0U);
}

} // namespace
} // namespace hookgate::store
