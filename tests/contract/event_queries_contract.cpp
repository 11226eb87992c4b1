#include "tests/contract/event_queries_contract.hpp"

#include <algorithm>
#include <future>

namespace hookgate::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kLease = 30s;

class Item final : public IngestItem {
public:
    std::future<IngestOutcome> outcome() { return outcome_.get_future(); }

    void completed(const IngestOutcome& outcome) noexcept override { outcome_.set_value(outcome); }

private:
    std::promise<IngestOutcome> outcome_;
};

domain::Integration integrationOf(const std::string& provider) {
    domain::Integration integration;
    integration.provider = provider;
    integration.name = provider;
    integration.callback_url.literal = "http://127.0.0.1:1/";
    return integration;
}

} // namespace

void EventQueriesContract::SetUp() {
    harness_ = GetParam().make();
    const std::vector<domain::Integration> wanted{integrationOf("acme"), integrationOf("globex")};
    for (auto& stored : store().upsertIntegrations(wanted))
        integrations_.emplace(stored.provider, stored);
    clock().advance(1ms);
}

std::vector<domain::Uuid> EventQueriesContract::ingestTogether(
    const std::vector<EventSpec>& events) {
    auto item = std::make_unique<Item>();
    auto& webhook = item->webhook;
    const auto& first = events.front();
    webhook.id = harness_->ids().next();
    webhook.integration_id = integration(first.provider).id;
    webhook.provider = first.provider;
    webhook.correlation_id = "correlation-1";
    webhook.source_ip = "192.0.2.1";
    webhook.headers = first.headers;
    webhook.key_id = first.key_id;
    webhook.body = first.body;
    webhook.body_sha256 = base::sha256(first.body);
    webhook.received_at = clock().unixMs();
    for (const auto& spec : events) {
        auto& event = webhook.events.emplace_back();
        event.id = harness_->ids().next();
        event.external_id = spec.external_id.empty() ? "evt_" + std::to_string(++next_external_id_)
                                                     : spec.external_id;
        event.idempotency_key = spec.provider + ':' + event.external_id;
        event.type = spec.type;
        event.subject = spec.subject;
        event.payload = spec.payload;
        event.occurred_at = spec.occurred_at;
        event.test = spec.test;
    }
    auto outcome = item->outcome();
    store().ingest(std::move(item));
    std::vector<domain::Uuid> ids;
    if (outcome.wait_for(10s) != std::future_status::ready) {
        ADD_FAILURE() << "ingest was not completed";
        return ids;
    }
    const auto stored = outcome.get();
    EXPECT_TRUE(stored.durable);
    for (const auto& event : stored.events)
        ids.push_back(event.id);
    clock().advance(1ms);
    return ids;
}

domain::Uuid EventQueriesContract::ingest(const EventSpec& event) {
    const auto ids = ingestTogether({event});
    return ids.empty() ? domain::Uuid{} : ids.front();
}

std::vector<KnownEvent> EventQueriesContract::ingestMany(int count) {
    std::vector<KnownEvent> known;
    for (int i = 0; i < count; ++i) {
        EventSpec spec;
        spec.provider = i % 3 == 0 ? "globex" : "acme";
        spec.type = i % 4 == 0 ? "order.paid" : "order.created";
        spec.subject = "Order-" + std::to_string(i % 11);
        spec.occurred_at += (i * 37 % 9) * 1000;
        spec.test = i % 7 < 2;
        known.push_back({ingest(spec), spec, static_cast<domain::EventStatus>(i % 5)});
    }
    for (const auto& item : claimAll())
        for (const auto& event : known)
            if (event.id == item.ref.event_id) bring(item, event.status);
    return known;
}

void EventQueriesContract::bring(const domain::WorkItem& item, domain::EventStatus status) {
    switch (status) {
        case domain::EventStatus::Pending:
            store().release({&item.ref, 1});
            break;
        case domain::EventStatus::Processing:
            break;
        case domain::EventStatus::Processed:
            record(item, domain::DeliveryOutcome::Delivered);
            break;
        case domain::EventStatus::Retrying:
            record(item, domain::DeliveryOutcome::Retry);
            break;
        case domain::EventStatus::Failed:
            record(item, domain::DeliveryOutcome::Failed);
            break;
    }
}

std::vector<domain::WorkItem> EventQueriesContract::claimAll() {
    std::vector<ClaimRequest> requests;
    for (const auto& [provider, stored] : integrations_)
        requests.push_back({stored.id, 10'000});
    clock().advance(1ms);
    return store().claim(requests, kLease);
}

void EventQueriesContract::record(const domain::WorkItem& item, domain::DeliveryOutcome outcome,
                                  std::string response, domain::UnixMs retry_at) {
    domain::DeliveryResult result;
    result.ref = item.ref;
    result.integration_id = item.integration_id;
    result.attempt_no = item.attempts + 1;
    result.outcome = outcome;
    result.http_status = outcome == domain::DeliveryOutcome::Delivered ? 200 : 500;
    result.response_body = std::move(response);
    if (outcome != domain::DeliveryOutcome::Delivered) result.error_message = "callback said 500";
    result.duration_ms = 12;
    result.started_at = clock().unixMs();
    result.retry_at = retry_at != 0 ? retry_at : clock().unixMs() + 1;
    clock().advance(2ms);
    store().finish(std::move(result));
    store().flush();
}

void EventQueriesContract::send(const domain::Uuid& event, domain::DeliveryOutcome outcome) {
    for (const auto& item : claimAll()) {
        if (item.ref.event_id != event) continue;
        record(item, outcome);
        return;
    }
    ADD_FAILURE() << "the event is not due";
}

domain::Uuid EventQueriesContract::replay(const domain::Uuid& event) {
    clock().advance(1ms);
    const auto receipt = store().replay({event, "tester", "because of a test", "key-1"});
    if (!receipt) {
        ADD_FAILURE() << "no such event";
        return {};
    }
    return receipt->replay_request_id;
}

EventRow EventQueriesContract::eventRow(const domain::Uuid& id) {
    const auto details = queries().event(id);
    if (!details) ADD_FAILURE() << "no such event";
    return details ? details->event : EventRow{};
}

std::vector<JobRow> EventQueriesContract::jobs(const domain::Uuid& id) {
    const auto details = queries().event(id);
    if (!details) ADD_FAILURE() << "no such event";
    return details ? details->jobs : std::vector<JobRow>{};
}

std::vector<domain::AuditEntry> EventQueriesContract::audit(const AuditFilter& filter) {
    std::vector<domain::AuditEntry> entries;
    for (std::int64_t number = 1;; ++number) {
        const auto page = queries().auditEntries(filter, {number, 7});
        entries.insert(entries.end(), page.items.begin(), page.items.end());
        if (page.items.empty()) {
            EXPECT_EQ(page.total, static_cast<std::int64_t>(entries.size()));
            return entries;
        }
    }
}

std::vector<domain::Uuid> EventQueriesContract::allIds(const EventFilter& filter,
                                                       std::int64_t page_size) {
    std::vector<domain::Uuid> ids;
    for (std::int64_t number = 1;; ++number) {
        const auto page = queries().events(filter, {number, page_size});
        for (const auto& row : page.items)
            ids.push_back(row.id);
        if (page.items.empty()) {
            EXPECT_EQ(page.total, static_cast<std::int64_t>(ids.size()));
            return ids;
        }
        const auto left = page.total - (number - 1) * page_size;
        EXPECT_EQ(static_cast<std::int64_t>(page.items.size()), std::min(left, page_size));
    }
}

} // namespace hookgate::store
