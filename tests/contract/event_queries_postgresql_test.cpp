#include "core/store/postgresql/event_queries.hpp"
#include "core/store/postgresql/event_store.hpp"
#include "tests/contract/event_queries_contract.hpp"
#include "tests/support/postgresql_database.hpp"
#include "tests/support/silent_log.hpp"

namespace hookgate::store {
namespace {

class PostgresqlHarness final : public EventQueriesHarness {
public:
    PostgresqlHarness() {
        postgresql::StoreOptions options;
        options.url = database_.url();
        options.own_time = true;
        store_ = postgresql::openStore(options, ids_, sharedClock(), log_);
    }

    EventStore& store() override { return *store_; }

    EventQueries& queries() override { return *queries_; }

    std::unique_ptr<EventQueries> queriesWithin(std::chrono::milliseconds limit) override {
        return postgresql::openQueries(database_.url(), 1, limit);
    }

    base::UuidGenerator& ids() override { return ids_; }

    testing_support::ManualClock& clock() override { return sharedClock(); }

private:
    testing_support::PostgresqlDatabase database_;
    testing_support::SilentLog log_;
    base::UuidGenerator ids_{sharedClock()};
    std::unique_ptr<EventStore> store_;
    std::unique_ptr<EventQueries> queries_ = postgresql::openQueries(database_.url());
};

INSTANTIATE_TEST_SUITE_P(Postgresql, EventQueriesContract,
                         testing::Values(EventQueriesBackend{
                             "postgresql", [] { return std::make_unique<PostgresqlHarness>(); }}),
                         testing::PrintToStringParamName());

} // namespace
} // namespace hookgate::store
