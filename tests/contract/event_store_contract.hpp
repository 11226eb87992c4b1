#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/event_store.hpp"
#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace hookgate::store {

constexpr std::chrono::milliseconds kLease{30'000};

// One backend on an empty database of its own. The clock decides about due times and leases.
class EventStoreHarness {
public:
    virtual ~EventStoreHarness() = default;
    virtual EventStore& store() = 0; // inserts leased events with kLease
    virtual EventQueries& queries() = 0;
    // As after a gateway was killed and started again: nothing was given back, and where others may
    // live beside it the leases have ended.
    virtual void reopen() = 0;
    virtual base::UuidGenerator& ids() = 0;
    virtual testing_support::ManualClock& clock() = 0;
};

struct EventStoreBackend {
    std::string name;
    std::function<std::unique_ptr<EventStoreHarness>()> make;
};

inline void PrintTo(const EventStoreBackend& backend, std::ostream* out) {
    *out << backend.name;
}

inline std::string toString(const testing::TestParamInfo<EventStoreBackend>& info) {
    return info.param.name;
}

// What every EventStore does, whatever it is built on: the sentences of event_store.hpp.
class EventStoreContract : public testing::TestWithParam<EventStoreBackend> {
protected:
    void SetUp() override;

    EventStore& store() { return harness_->store(); }

    testing_support::ManualClock& clock() { return harness_->clock(); }

    domain::NewEvent newEvent(const std::string& external_id, bool leased = false);
    // A webhook of acme with one event.
    domain::NewWebhook newWebhook(const std::string& external_id, bool leased = false);
    void setBody(domain::NewWebhook& webhook, std::string body);

    std::future<IngestOutcome> submit(domain::NewWebhook webhook);
    IngestOutcome ingest(domain::NewWebhook webhook);
    // Stores one new event and returns its id.
    domain::Uuid ingestEvent(const std::string& external_id, bool leased = false);
    // The lease that ingest gave the event.
    static domain::WorkRef firstLease(const domain::Uuid& event);

    std::vector<domain::WorkItem> claim(std::size_t free_slots = 100);
    // The only event that is due.
    domain::WorkItem claimOne();
    void finish(const domain::WorkItem& item, domain::DeliveryOutcome outcome,
                std::chrono::milliseconds retry_in = std::chrono::seconds{10});
    void finish(const domain::WorkRef& ref, std::int32_t attempt_no,
                domain::DeliveryOutcome outcome);
    ReplayReceipt replay(const domain::Uuid& event);

    EventDetails details(const domain::Uuid& event);
    domain::EventStatus status(const domain::Uuid& event);
    std::vector<domain::AuditEntry> audit(const std::string& action);

    std::unique_ptr<EventStoreHarness> harness_;
    domain::Integration acme_;
    domain::Integration globex_;
};

} // namespace hookgate::store
