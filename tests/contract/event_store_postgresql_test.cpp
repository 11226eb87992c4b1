#include "core/store/postgresql/event_queries.hpp"
#include "core/store/postgresql/event_store.hpp"
#include "tests/contract/event_store_contract.hpp"
#include "tests/support/postgresql_database.hpp"
#include "tests/support/silent_log.hpp"

namespace hookgate::store {
namespace {

class PostgresqlHarness final : public EventStoreHarness {
public:
    PostgresqlHarness() { open(); }

    EventStore& store() override { return *store_; }

    EventQueries& queries() override { return *queries_; }

    void reopen() override {
        queries_.reset();
        store_.reset();
        // Other nodes may live: the leases of the one that died end by themselves.
        clock_.advance(kLease);
        open();
    }

    base::UuidGenerator& ids() override { return ids_; }

    testing_support::ManualClock& clock() override { return clock_; }

private:
    void open() {
        postgresql::StoreOptions options;
        options.url = database_.url();
        options.lease = kLease;
        options.own_time = true;
        store_ = postgresql::openStore(options, ids_, clock_, log_);
        queries_ = postgresql::openQueries(database_.url());
    }

    testing_support::PostgresqlDatabase database_;
    testing_support::SilentLog log_;
    testing_support::ManualClock clock_;
    base::UuidGenerator ids_{clock_};
    std::unique_ptr<EventStore> store_;
    std::unique_ptr<EventQueries> queries_;
};

INSTANTIATE_TEST_SUITE_P(Postgresql, EventStoreContract,
                         testing::Values(EventStoreBackend{
                             "postgresql", [] { return std::make_unique<PostgresqlHarness>(); }}),
                         toString);

} // namespace
} // namespace hookgate::store
