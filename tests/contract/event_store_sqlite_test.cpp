#include "core/store/sqlite/event_queries.hpp"
#include "core/store/sqlite/event_store.hpp"
#include "tests/contract/event_store_contract.hpp"
#include "tests/support/silent_log.hpp"
#include "tests/support/temporary_directory.hpp"

namespace hookgate::store {
namespace {

class SqliteHarness final : public EventStoreHarness {
public:
    SqliteHarness() { open(); }

    EventStore& store() override { return *store_; }

    EventQueries& queries() override { return *queries_; }

    void reopen() override {
        queries_.reset();
        store_.reset();
        open();
    }

    base::UuidGenerator& ids() override { return ids_; }

    testing_support::ManualClock& clock() override { return clock_; }

private:
    void open() {
        store_ = sqlite::openStore({.path = path_, .lease = kLease}, ids_, clock_, log_);
        queries_ = sqlite::openQueries(path_);
    }

    testing_support::TemporaryDirectory directory_;
    const std::string path_ = directory_.path() / "hookgate.db";
    testing_support::SilentLog log_;
    testing_support::ManualClock clock_;
    base::UuidGenerator ids_{clock_};
    std::unique_ptr<EventStore> store_;
    std::unique_ptr<EventQueries> queries_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, EventStoreContract,
                         testing::Values(EventStoreBackend{
                             "sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
                         toString);

} // namespace
} // namespace hookgate::store
