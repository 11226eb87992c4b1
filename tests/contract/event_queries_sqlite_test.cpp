#include "core/store/sqlite/event_queries.hpp"
#include "core/store/sqlite/event_store.hpp"
#include "tests/contract/event_queries_contract.hpp"
#include "tests/support/temporary_directory.hpp"

namespace hookgate::store {
namespace {

class NoLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return false; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override {}
};

class SqliteHarness final : public EventQueriesHarness {
public:
    EventStore& store() override { return *store_; }

    EventQueries& queries() override { return *queries_; }

    std::unique_ptr<EventQueries> queriesWithin(std::chrono::milliseconds limit) override {
        return sqlite::openQueries(path_, 1, limit);
    }

    base::UuidGenerator& ids() override { return ids_; }

    testing_support::ManualClock& clock() override { return sharedClock(); }

private:
    testing_support::TemporaryDirectory directory_;
    std::string path_ = directory_.path() / "hookgate.db";
    NoLog log_;
    base::UuidGenerator ids_{sharedClock()};
    std::unique_ptr<EventStore> store_ =
        sqlite::openStore({.path = path_}, ids_, sharedClock(), log_);
    std::unique_ptr<EventQueries> queries_ = sqlite::openQueries(path_);
};

INSTANTIATE_TEST_SUITE_P(Sqlite, EventQueriesContract,
                         testing::Values(EventQueriesBackend{
                             "sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
                         testing::PrintToStringParamName());

} // namespace
} // namespace hookgate::store
