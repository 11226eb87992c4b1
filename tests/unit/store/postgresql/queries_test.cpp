#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/event_queries.hpp"
#include "tests/support/postgresql_database.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace hookgate::store::postgresql {
namespace {

using namespace std::chrono_literals;

class PostgresqlQueries : public testing::Test {
protected:
    testing_support::PostgresqlDatabase database_;
    Connection other_{{.url = database_.url()}};
};

TEST_F(PostgresqlQueries, ComeBackAfterTheirConnectionsWereEnded) {
    const auto queries = openQueries(database_.url());
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(queries->events({}, {}).total, 0);
        const auto ended = other_.query(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'hookgate queries'");
        EXPECT_GE(ended.integer(0, 0), 1);
    }
}

TEST_F(PostgresqlQueries, GiveUpOnALockedTableAtTheirTimeLimitAndGoOn) {
    const auto queries = openQueries(database_.url(), 1, 200ms);
    {
        Transaction holds{other_};
        other_.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE");
        const auto start = std::chrono::steady_clock::now();
        EXPECT_THROW(queries->event(domain::Uuid{}), QueryTimeout);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    }
    EXPECT_FALSE(queries->event(domain::Uuid{}));
}

TEST_F(PostgresqlQueries, LeaveNoTransactionOpen) {
    const auto queries = openQueries(database_.url());
    EXPECT_EQ(queries->events({}, {}).total, 0);
    const auto state = other_.query(
        "SELECT convert_to(state, 'UTF8') FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'hookgate queries'");
    ASSERT_EQ(state.rows(), 1);
    EXPECT_EQ(state.bytes(0, 0), "idle");
}

TEST_F(PostgresqlQueries, TakeFiltersOfAnyBytes) {
    const auto queries = openQueries(database_.url());
    const std::string bytes{"%_\\'\0\xff\xfe", 7};
    EventFilter filter;
    filter.provider = filter.event_type = filter.subject = bytes;
    EXPECT_EQ(queries->events(filter, {}).total, 0);
    filter.provider.reset();
    EXPECT_EQ(queries->events(filter, {}).total, 0);
    EXPECT_EQ(queries->auditEntries({bytes, bytes, bytes}, {}).total, 0);
}

TEST(PostgresqlQueriesWithoutServer, SayThatItMayPass) {
    const auto queries = openQueries("postgresql://nobody@127.0.0.1:1/nothing");
    try {
        queries->events({}, {});
        FAIL() << "there is no server";
    } catch (const StoreError& error) {
        EXPECT_TRUE(error.retryable());
    }
}

} // namespace
} // namespace hookgate::store::postgresql
