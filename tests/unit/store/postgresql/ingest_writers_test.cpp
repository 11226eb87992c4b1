#include "core/store/postgresql/connection.hpp"
#include "tests/support/postgresql_database.hpp"
#include "tests/unit/store/postgresql/node.hpp"

#include <gtest/gtest.h>

namespace hookgate::store::postgresql {
namespace {

using testing_support::PostgresqlDatabase;

// Writers of webhooks whose statement waits for a lock.
std::int64_t waitingWriters(Connection& connection) {
    return connection
        .query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
            "application_name = 'hookgate ingest' AND wait_event_type = 'Lock'")
        .integer(0, 0);
}

class PostgresqlIngestWriters : public testing::Test {
protected:
    // Different ones, unless they are `twins`.
    void submit(int webhooks, bool twins = false) {
        for (int i = 0; i < webhooks; ++i)
            outcomes_.push_back(
                node_.submit(node_.webhook("evt-" + std::to_string(twins ? i : next_++))));
    }

    bool becomesWaiting(std::int64_t writers) {
        return becomesTrue([&] { return waitingWriters(watcher_) == writers; });
    }

    PostgresqlDatabase database_;
    Node node_{database_.url()};
    Connection connection_{{.url = database_.url()}};
    Connection watcher_{{.url = database_.url()}}; // a transaction would see one moment all along
    std::vector<std::future<IngestOutcome>> outcomes_;

private:
    int next_ = 0;
};

TEST_F(PostgresqlIngestWriters, LeaveAFewToOneAndShareACrowd) {
    {
        const Transaction blocking{connection_};
        connection_.execute("LOCK TABLE dedupe IN ACCESS EXCLUSIVE MODE");
        submit(63);
        ASSERT_TRUE(becomesWaiting(1));
        submit(100);
        ASSERT_TRUE(becomesWaiting(2));
    }
    for (auto& outcome : outcomes_)
        EXPECT_TRUE(outcome.get().durable);
    EXPECT_EQ(node_.store().counters().ingested_events, 163U);
}

TEST_F(PostgresqlIngestWriters, KeepOneEventAnIdThatBothWriteAtOnce) {
    {
        const Transaction blocking{connection_};
        connection_.execute("LOCK TABLE dedupe IN ACCESS EXCLUSIVE MODE");
        submit(64);
        ASSERT_TRUE(becomesWaiting(1));
        submit(64, true);
        ASSERT_TRUE(becomesWaiting(2));
    }
    for (std::size_t i = 0; i < 64; ++i) {
        const auto one = outcomes_[i].get().events.at(0);
        const auto other = outcomes_[i + 64].get().events.at(0);
        EXPECT_EQ(one.id, other.id);
        EXPECT_NE(one.duplicate, other.duplicate);
    }
}

} // namespace
} // namespace hookgate::store::postgresql
