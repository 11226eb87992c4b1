#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/event_store.hpp"
#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <unordered_map>
#include <vector>

namespace hookgate::store {

// One backend under test, fresh and empty for each test. Ids and times come from the clock, which
// goes on from test to test, as ids never go back within a process.
class EventQueriesHarness {
public:
    virtual ~EventQueriesHarness() = default;
    virtual EventStore& store() = 0;
    virtual EventQueries& queries() = 0;
    // Queries of the same store with another time limit.
    virtual std::unique_ptr<EventQueries> queriesWithin(std::chrono::milliseconds limit) = 0;
    virtual base::UuidGenerator& ids() = 0;
    virtual testing_support::ManualClock& clock() = 0;
};

// The clock of all backends: ids never go back within a process, so that time must not either.
inline testing_support::ManualClock& sharedClock() {
    static testing_support::ManualClock clock;
    return clock;
}

struct EventQueriesBackend {
    std::string name;
    std::function<std::unique_ptr<EventQueriesHarness>()> make;

    friend void PrintTo(const EventQueriesBackend& backend, std::ostream* out) {
        *out << backend.name;
    }
};

// An event as a test describes it; everything has a default.
struct EventSpec {
    std::string provider = "acme";
    std::string external_id{}; // one is made when empty
    std::string type = "order.created";
    std::string subject = "order-1";
    std::string payload = R"({"n":12345678901234567890})";
    std::string headers = "content-type: application/json\r\n";
    std::string body = R"({"id":"x"})";
    domain::UnixMs occurred_at = 1'700'000'000'000;
    std::string key_id{};
    bool test = false;
};

struct KnownEvent {
    domain::Uuid id;
    EventSpec spec;
    domain::EventStatus status;
};

// What every EventQueries promises of what an EventStore has kept. A backend instantiates it:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, EventQueriesContract,
//                            testing::Values(EventQueriesBackend{...}),
//                            testing::PrintToStringParamName());
class EventQueriesContract : public testing::TestWithParam<EventQueriesBackend> {
protected:
    void SetUp() override;

    EventStore& store() { return harness_->store(); }

    EventQueries& queries() { return harness_->queries(); }

    EventQueriesHarness& harness() { return *harness_; }

    testing_support::ManualClock& clock() { return harness_->clock(); }

    const domain::Integration& integration(const std::string& provider) const {
        return integrations_.at(provider);
    }

    // Stores one webhook with these events and returns their ids; a millisecond passes.
    std::vector<domain::Uuid> ingestTogether(const std::vector<EventSpec>& events);
    domain::Uuid ingest(const EventSpec& event);
    // Events of every status, with values that repeat.
    std::vector<KnownEvent> ingestMany(int count);
    // Leases whatever is due.
    std::vector<domain::WorkItem> claimAll();
    // Leases what is due, this event among it, and records what became of its send.
    void send(const domain::Uuid& event, domain::DeliveryOutcome outcome);
    void record(const domain::WorkItem& item, domain::DeliveryOutcome outcome,
                std::string response = "ok", domain::UnixMs retry_at = 0);
    domain::Uuid replay(const domain::Uuid& event);

    EventRow eventRow(const domain::Uuid& id);
    std::vector<JobRow> jobs(const domain::Uuid& id);
    std::vector<domain::AuditEntry> audit(const AuditFilter& filter);
    // The ids of all events that pass, page by page; checks each page's total and size.
    std::vector<domain::Uuid> allIds(const EventFilter& filter, std::int64_t page_size);

private:
    void bring(const domain::WorkItem& item, domain::EventStatus status);

    std::unique_ptr<EventQueriesHarness> harness_;
    std::unordered_map<std::string, domain::Integration> integrations_;
    int next_external_id_ = 0;
};

} // namespace hookgate::store
