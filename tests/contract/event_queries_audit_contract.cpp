#include "tests/contract/event_queries_contract.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

namespace hookgate::store {
namespace {

using domain::AuditEntry;
using domain::DeliveryOutcome;

std::vector<std::string> actionsOf(const std::vector<AuditEntry>& entries) {
    std::vector<std::string> actions;
    for (const auto& entry : entries)
        actions.push_back(entry.action);
    return actions;
}

std::vector<domain::Uuid> idsOf(const std::vector<AuditEntry>& entries) {
    std::vector<domain::Uuid> ids;
    for (const auto& entry : entries)
        ids.push_back(entry.id);
    return ids;
}

bool passes(const AuditEntry& entry, const AuditFilter& filter) {
    return (!filter.entity_type || *filter.entity_type == entry.entity_type) &&
           (!filter.entity_id || *filter.entity_id == entry.entity_id) &&
           (!filter.action || *filter.action == entry.action);
}

} // namespace

TEST_P(EventQueriesContract, DerivesTheTrailOfAnEvent) {
    const auto id = ingest({});
    send(id, DeliveryOutcome::Retry);
    send(id, DeliveryOutcome::Delivered);
    const auto trail = audit({.entity_type = {}, .entity_id = id.text(), .action = {}});
    EXPECT_EQ(actionsOf(trail),
              (std::vector<std::string>{"event.processed", "event.retry_scheduled", "event.queued",
                                        "event.normalized"}));
    for (const auto& entry : trail) {
        EXPECT_EQ(entry.entity_type, "normalized_event");
        EXPECT_EQ(entry.actor, "system");
        EXPECT_FALSE(entry.id.isNil());
        EXPECT_GT(entry.created_at, 0);
    }
    const auto details = nlohmann::json::parse(trail[1].details_json);
    EXPECT_EQ(details.at("attemptNo"), 1);
    EXPECT_EQ(details.at("httpStatus"), 500);
    EXPECT_EQ(details.at("error"), "callback said 500");

    const auto webhook = queries().event(id)->webhook.id;
    const auto received = audit({.entity_type = {}, .entity_id = webhook.text(), .action = {}});
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0].action, "webhook.received");
    EXPECT_EQ(received[0].entity_type, "webhook_event");
    EXPECT_EQ(received[0].actor, "provider:acme");
}

TEST_P(EventQueriesContract, EndsTheTrailOfAFailedEventWithThat) {
    const auto id = ingest({});
    send(id, DeliveryOutcome::Failed);
    const auto trail = audit({.entity_type = {}, .entity_id = id.text(), .action = {}});
    ASSERT_EQ(trail.size(), 3U);
    EXPECT_EQ(trail[0].action, "event.failed");
}

TEST_P(EventQueriesContract, HoldsRowsAndDerivedEntriesUnderEveryFilter) {
    ingestMany(20);
    const auto id = ingest({});
    send(id, DeliveryOutcome::Failed);
    replay(id);
    send(id, DeliveryOutcome::Delivered);
    ingest({.external_id = "evt_same"});
    ingest({.external_id = "evt_same", .body = "another body"});
    store().audit({.id = {},
                   .entity_type = "webhook_event",
                   .entity_id = "globex",
                   .action = "webhook.rejected",
                   .actor = "provider:globex"});
    store().audit({.id = {},
                   .entity_type = "api",
                   .entity_id = "key",
                   .action = "auth.failed",
                   .actor = "system"});
    store().flush();

    const auto all = audit({});
    const auto actions = actionsOf(all);
    const std::set<std::string> present{actions.begin(), actions.end()};
    for (const auto* action :
         {"webhook.received", "event.normalized", "event.queued", "event.processed",
          "event.retry_scheduled", "event.failed", "replay.requested", "replay.dispatched",
          "replay.completed", "webhook.conflict", "webhook.rejected", "auth.failed",
          "integration.created"})
        EXPECT_TRUE(present.contains(action)) << action;

    std::set<AuditFilter, decltype([](const AuditFilter& a, const AuditFilter& b) {
                 return std::tie(a.entity_type, a.entity_id, a.action) <
                        std::tie(b.entity_type, b.entity_id, b.action);
             })>
        filters;
    for (const auto& entry : all)
        for (int parts = 0; parts < 8; ++parts) {
            AuditFilter filter;
            if (parts & 1) filter.entity_type = entry.entity_type;
            if (parts & 2) filter.entity_id = entry.entity_id;
            if (parts & 4) filter.action = entry.action;
            filters.insert(filter);
        }
    filters.insert({.entity_type = "webhook_event", .entity_id = {}, .action = "event.failed"});
    filters.insert({.entity_type = "api", .entity_id = id.text(), .action = {}});
    for (const auto& filter : filters) {
        std::vector<AuditEntry> expected;
        std::copy_if(all.begin(), all.end(), std::back_inserter(expected),
                     [&](const AuditEntry& entry) { return passes(entry, filter); });
        ASSERT_EQ(idsOf(audit(filter)), idsOf(expected))
            << filter.entity_type.value_or("-") << ' ' << filter.entity_id.value_or("-") << ' '
            << filter.action.value_or("-");
    }
}

TEST_P(EventQueriesContract, GivesEntriesTheSameDistinctIdsEveryTime) {
    ingestMany(10);
    const auto first = idsOf(audit({}));
    EXPECT_EQ(idsOf(audit({})), first);
    const std::set<domain::Uuid> distinct{first.begin(), first.end()};
    EXPECT_EQ(distinct.size(), first.size());
}

TEST_P(EventQueriesContract, OrdersTheTrailNewestFirst) {
    ingestMany(20);
    const auto all = audit({});
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.created_at > b.created_at;
    }));
    ASSERT_FALSE(all.empty());
}

TEST_P(EventQueriesContract, ReceivesAWebhookOnceHoweverManyEventsItCarries) {
    ingestTogether(std::vector<EventSpec>(3));
    EXPECT_EQ(audit({.entity_type = {}, .entity_id = {}, .action = "webhook.received"}).size(), 1U);
    EXPECT_EQ(audit({.entity_type = {}, .entity_id = {}, .action = "event.queued"}).size(), 3U);
}

TEST_P(EventQueriesContract, FindsAnEntityInEitherCaseOfItsId) {
    const auto id = ingest({});
    replay(id);
    auto text = id.text();
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    EXPECT_EQ(audit({.entity_type = {}, .entity_id = text, .action = {}}).size(),
              audit({.entity_type = {}, .entity_id = id.text(), .action = {}}).size());
}

TEST_P(EventQueriesContract, HasNoEntriesForWhatItDoesNotKnow) {
    const auto id = ingest({});
    EXPECT_TRUE(audit({.entity_type = {}, .entity_id = {}, .action = "event.%"}).empty());
    EXPECT_TRUE(audit({.entity_type = {}, .entity_id = {}, .action = ""}).empty());
    EXPECT_TRUE(audit({.entity_type = "normalized", .entity_id = {}, .action = {}}).empty());
    EXPECT_TRUE(audit({.entity_type = {}, .entity_id = "' OR 1=1 --", .action = {}}).empty());
    auto other = id;
    other.bytes[15] ^= 1;
    EXPECT_TRUE(audit({.entity_type = {}, .entity_id = other.text(), .action = {}}).empty());
}

TEST_P(EventQueriesContract, AnswersAuditPagesPastTheEndWithTheTotal) {
    ingest({});
    const auto total = static_cast<std::int64_t>(audit({}).size());
    const auto page = queries().auditEntries({}, {std::numeric_limits<std::int64_t>::max(), 100});
    EXPECT_TRUE(page.items.empty());
    EXPECT_EQ(page.total, total);
}

TEST_P(EventQueriesContract, StopsAuditQueriesAtTheTimeLimit) {
    for (int i = 0; i < 10; ++i)
        ingestTogether(std::vector<EventSpec>(100));
    const auto hurried = harness().queriesWithin(std::chrono::milliseconds{0});
    EXPECT_THROW(hurried->auditEntries({}, {10, 100}), QueryTimeout);
    EXPECT_EQ(queries().auditEntries({}, {10, 100}).items.size(), 100U);
}

} // namespace hookgate::store
