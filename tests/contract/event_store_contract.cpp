#include "tests/contract/event_store_contract.hpp"

#include <array>
#include <utility>

namespace hookgate::store {
namespace {

class PromisedItem final : public IngestItem {
public:
    std::future<IngestOutcome> outcome() { return outcome_.get_future(); }

    void completed(const IngestOutcome& outcome) noexcept override { outcome_.set_value(outcome); }

private:
    std::promise<IngestOutcome> outcome_;
};

domain::Integration integration(const std::string& provider) {
    domain::Integration made;
    made.provider = provider;
    made.name = provider;
    made.callback_url.literal = "http://127.0.0.1:9/" + provider;
    return made;
}

} // namespace

void EventStoreContract::SetUp() {
    harness_ = GetParam().make();
    // Ids never go back within a process: a later test must not be in the past of an earlier one.
    static int tests = 0;
    clock().advance(std::chrono::hours{24 * 30 * ++tests});
    const std::array wanted{integration("acme"), integration("globex")};
    const auto stored = store().upsertIntegrations(wanted);
    ASSERT_EQ(stored.size(), 2U);
    acme_ = stored[0];
    globex_ = stored[1];
}

domain::NewEvent EventStoreContract::newEvent(const std::string& external_id, bool leased) {
    domain::NewEvent event;
    event.id = harness_->ids().next();
    event.idempotency_key = "acme:" + external_id;
    event.external_id = external_id;
    event.type = "invoice.paid";
    event.subject = "customer-1";
    event.ordering_key = "customer-1";
    event.payload = R"({"provider":"acme","data":{"amount":1.10}})";
    event.occurred_at = clock().unixMs() - 1000;
    event.leased = leased;
    return event;
}

domain::NewWebhook EventStoreContract::newWebhook(const std::string& external_id, bool leased) {
    domain::NewWebhook webhook;
    webhook.id = harness_->ids().next();
    webhook.integration_id = acme_.id;
    webhook.provider = "acme";
    webhook.correlation_id = "correlation-" + external_id;
    webhook.source_ip = "127.0.0.1";
    webhook.headers = "host: localhost\r\n";
    webhook.key_id = "current";
    webhook.received_at = clock().unixMs();
    setBody(webhook, R"({"eventId":")" + external_id + "\"}");
    webhook.events.push_back(newEvent(external_id, leased));
    return webhook;
}

void EventStoreContract::setBody(domain::NewWebhook& webhook, std::string body) {
    webhook.body = std::move(body);
    webhook.body_sha256 = base::sha256(webhook.body);
}

std::future<IngestOutcome> EventStoreContract::submit(domain::NewWebhook webhook) {
    auto item = std::make_unique<PromisedItem>();
    item->webhook = std::move(webhook);
    auto outcome = item->outcome();
    store().ingest(std::move(item));
    return outcome;
}

IngestOutcome EventStoreContract::ingest(domain::NewWebhook webhook) {
    return submit(std::move(webhook)).get();
}

domain::Uuid EventStoreContract::ingestEvent(const std::string& external_id, bool leased) {
    const auto outcome = ingest(newWebhook(external_id, leased));
    EXPECT_TRUE(outcome.durable);
    EXPECT_FALSE(outcome.events.at(0).duplicate);
    return outcome.events.at(0).id;
}

domain::WorkRef EventStoreContract::firstLease(const domain::Uuid& event) {
    return {event, 0, kFirstClaim};
}

std::vector<domain::WorkItem> EventStoreContract::claim(std::size_t free_slots) {
    const std::array requests{ClaimRequest{acme_.id, free_slots}};
    return store().claim(requests, kLease);
}

domain::WorkItem EventStoreContract::claimOne() {
    auto items = claim();
    EXPECT_EQ(items.size(), 1U);
    return items.empty() ? domain::WorkItem{} : items.front();
}

void EventStoreContract::finish(const domain::WorkItem& item, domain::DeliveryOutcome outcome,
                                std::chrono::milliseconds retry_in) {
    domain::DeliveryResult result;
    result.ref = item.ref;
    result.integration_id = item.integration_id;
    result.attempt_no = item.attempts + 1;
    result.outcome = outcome;
    result.http_status = outcome == domain::DeliveryOutcome::Delivered ? 200 : 500;
    result.error_message = outcome == domain::DeliveryOutcome::Delivered ? "" : "HTTP 500";
    result.response_body = "answer";
    result.duration_ms = 7;
    result.started_at = clock().unixMs();
    result.retry_at = clock().unixMs() + retry_in.count();
    store().finish(std::move(result));
    store().flush();
}

void EventStoreContract::finish(const domain::WorkRef& ref, std::int32_t attempt_no,
                                domain::DeliveryOutcome outcome) {
    domain::WorkItem item;
    item.ref = ref;
    item.integration_id = acme_.id;
    item.attempts = attempt_no - 1;
    finish(item, outcome);
}

ReplayReceipt EventStoreContract::replay(const domain::Uuid& event) {
    const auto receipt = store().replay({event, "operator", "customer asked", "key-1"});
    EXPECT_TRUE(receipt.has_value());
    return receipt.value_or(ReplayReceipt{});
}

EventDetails EventStoreContract::details(const domain::Uuid& event) {
    auto found = harness_->queries().event(event);
    EXPECT_TRUE(found.has_value());
    return found.value_or(EventDetails{});
}

domain::EventStatus EventStoreContract::status(const domain::Uuid& event) {
    return details(event).event.status;
}

std::vector<domain::AuditEntry> EventStoreContract::audit(const std::string& action) {
    AuditFilter filter;
    filter.action = action;
    return harness_->queries().auditEntries(filter, {1, 100}).items;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventStoreContract);

} // namespace hookgate::store
