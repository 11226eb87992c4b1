#pragma once

#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/event_store.hpp"
#include "tests/support/silent_log.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace hookgate::store::sqlite {

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

// A store on a file of its own, with the integration acme.
class StoreFixture : public testing::Test {
protected:
    void open(std::size_t queued_items_max = 16'384) {
        store_ =
            openStore({.path = path_, .queued_items_max = queued_items_max}, ids_, clock_, log_);
        domain::Integration acme;
        acme.provider = "acme";
        acme.name = "acme";
        acme_ = store_->upsertIntegrations(std::array{acme}).front();
    }

    domain::NewWebhook webhook(const std::string& external_id, std::size_t body_bytes = 100) {
        domain::NewWebhook webhook;
        webhook.id = ids_.next();
        webhook.integration_id = acme_.id;
        webhook.provider = "acme";
        webhook.received_at = clock_.unixMs();
        webhook.body.assign(body_bytes, 'x');
        domain::NewEvent event;
        event.id = ids_.next();
        event.external_id = external_id;
        event.idempotency_key = "acme:" + external_id;
        event.payload = "{}";
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

    IngestOutcome ingest(const std::string& external_id, std::size_t body_bytes = 100) {
        return submit(webhook(external_id, body_bytes)).get();
    }

    domain::WorkItem claimOne() {
        const std::array requests{ClaimRequest{acme_.id, 1}};
        return store_->claim(requests, std::chrono::seconds{30}).at(0);
    }

    static domain::DeliveryResult delivered(const domain::WorkItem& item) {
        domain::DeliveryResult result;
        result.ref = item.ref;
        result.integration_id = item.integration_id;
        result.attempt_no = item.attempts + 1;
        result.outcome = domain::DeliveryOutcome::Delivered;
        result.http_status = 200;
        return result;
    }

    // What opening the database is refused with; empty: it was not.
    std::string refusal() {
        try {
            openStore({.path = path_}, ids_, clock_, log_);
        } catch (const StoreError& e) {
            EXPECT_FALSE(e.retryable());
            return e.what();
        }
        return {};
    }

    testing_support::TemporaryDirectory directory_;
    std::string path_ = directory_.path() / "data" / "hookgate.db";
    testing_support::SilentLog log_;
    base::SystemClock clock_;
    base::UuidGenerator ids_{clock_};
    std::unique_ptr<EventStore> store_;
    domain::Integration acme_;
};

} // namespace hookgate::store::sqlite
