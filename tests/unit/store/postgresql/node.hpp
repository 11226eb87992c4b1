#pragma once

#include "core/store/postgresql/event_store.hpp"
#include "tests/support/silent_log.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hookgate::store::postgresql {

class PromisedItem final : public IngestItem {
public:
    std::future<IngestOutcome> outcome() { return outcome_.get_future(); }

    void completed(const IngestOutcome& outcome) noexcept override { outcome_.set_value(outcome); }

private:
    std::promise<IngestOutcome> outcome_;
};

// True as soon as `condition` is; false when it still is not after ten seconds.
inline bool becomesTrue(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

// One of several gateways on a database, with the integration acme and the times of the database.
class Node {
public:
    explicit Node(std::string url,
                  std::chrono::milliseconds statement_timeout = std::chrono::milliseconds{2000},
                  std::chrono::milliseconds lease = std::chrono::seconds{30}) {
        StoreOptions options;
        options.url = std::move(url);
        options.statement_timeout = statement_timeout;
        options.lease = lease;
        options.work_may_be_due = [this] { ++woken_; };
        store_ = openStore(options, ids_, clock_, log_);
        domain::Integration acme;
        acme.provider = "acme";
        acme.name = "acme";
        acme_ = store_->upsertIntegrations(std::array{acme}).front();
    }

    EventStore& store() noexcept { return *store_; }

    // How often another node told of work, or may have.
    int woken() const noexcept { return woken_; }

    domain::NewWebhook webhook(const std::string& external_id, bool leased = false) {
        domain::NewWebhook webhook;
        webhook.id = ids_.next();
        webhook.integration_id = acme_.id;
        webhook.provider = "acme";
        webhook.received_at = clock_.unixMs();
        webhook.body = "body of " + external_id;
        webhook.body_sha256 = base::sha256(webhook.body);
        domain::NewEvent event;
        event.id = ids_.next();
        event.external_id = external_id;
        event.idempotency_key = "acme:" + external_id;
        event.type = "invoice.paid";
        event.payload = "{}";
        event.leased = leased;
        webhook.events.push_back(std::move(event));
        return webhook;
    }

    std::future<IngestOutcome> submit(domain::NewWebhook webhook) {
        auto item = std::make_unique<PromisedItem>();
        item->webhook = std::move(webhook);
        auto outcome = item->outcome();
        store_->ingest(std::move(item));
        return outcome;
    }

    IngestOutcome ingest(const std::string& external_id, bool leased = false) {
        return submit(webhook(external_id, leased)).get();
    }

    std::vector<domain::WorkItem> claim(std::size_t free_slots) {
        const std::array requests{ClaimRequest{acme_.id, free_slots}};
        return store_->claim(requests, std::chrono::seconds{30});
    }

    static domain::DeliveryResult delivered(const domain::WorkRef& ref) {
        domain::DeliveryResult result;
        result.ref = ref;
        result.attempt_no = 1;
        result.outcome = domain::DeliveryOutcome::Delivered;
        result.http_status = 200;
        return result;
    }

private:
    std::atomic<int> woken_{0};
    testing_support::SilentLog log_;
    base::SystemClock clock_;
    base::UuidGenerator ids_{clock_};
    std::unique_ptr<EventStore> store_;
    domain::Integration acme_;
};

} // namespace hookgate::store::postgresql
