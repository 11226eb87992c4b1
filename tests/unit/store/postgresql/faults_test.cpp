#include "core/store/postgresql/connection.hpp"
#include "tests/support/postgresql_database.hpp"
#include "tests/support/postgresql_server.hpp"
#include "tests/unit/store/postgresql/node.hpp"

#include <gtest/gtest.h>

namespace hookgate::store::postgresql {
namespace {

using testing_support::PostgresqlDatabase;
using testing_support::PostgresqlServer;
using Ms = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// As long as a statement may take on a server that does not answer, and some time to wake up.
constexpr Ms kShort{300};
constexpr std::chrono::seconds kWithin{5};

std::int64_t countOf(const std::string& url, const std::string& table) {
    Connection connection{{.url = url}};
    return connection.query("SELECT count(*) FROM " + table).integer(0, 0);
}

// Backends of a store's thread that wait for a lock.
std::string waiting(const std::string& purpose) {
    return "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
           "application_name = 'hookgate " +
           purpose + "' AND wait_event_type = 'Lock'";
}

TEST(PostgresqlFaults, FindTheRowThatIsToBlameAndStoreItsNeighbours) {
    const PostgresqlDatabase database;
    Node node{database.url()};
    Connection connection{{.url = database.url()}};
    connection.execute("ALTER TABLE event ADD CHECK (type <> 'poison')");
    std::vector<std::future<IngestOutcome>> outcomes;
    for (int i = 0; i < 100; ++i) {
        auto webhook = node.webhook("evt-" + std::to_string(i));
        if (i % 33 == 7) webhook.events.front().type = "poison";
        outcomes.push_back(node.submit(std::move(webhook)));
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        EXPECT_EQ(outcomes[i].get().durable, i % 33 != 7) << i;
    EXPECT_EQ(countOf(database.url(), "event"), 97);
    EXPECT_TRUE(node.store().health().writable);
}

TEST(PostgresqlFaults, LoseAResultThatTheDatabaseRefusesAndKeepItsNeighbours) {
    const PostgresqlDatabase database;
    Node node{database.url()};
    Connection connection{{.url = database.url()}};
    connection.execute("ALTER TABLE attempt ADD CHECK (http_status <> 299)");
    for (int i = 0; i < 20; ++i) {
        const auto id = node.ingest("evt-" + std::to_string(i), true).events.at(0).id;
        auto result = Node::delivered({id, 0, kFirstClaim});
        if (i == 7) result.http_status = 299;
        node.store().finish(result);
    }
    node.store().flush();
    EXPECT_EQ(node.store().queueDepth().processing, 1);
    EXPECT_TRUE(node.store().health().writable);
}

TEST(PostgresqlFaults, ResolveABatchWhoseBackendWasTerminated) {
    const PostgresqlDatabase database;
    Node node{database.url()};
    ASSERT_TRUE(node.ingest("evt-0").durable);
    Connection connection{{.url = database.url()}};
    std::vector<std::future<IngestOutcome>> outcomes;
    {
        const Transaction blocking{connection};
        connection.execute("LOCK TABLE dedupe IN ACCESS EXCLUSIVE MODE");
        for (int i = 1; i <= 20; ++i)
            outcomes.push_back(node.submit(node.webhook("evt-" + std::to_string(i))));
        std::int64_t pid = 0;
        ASSERT_TRUE(becomesTrue([&] {
            const auto found = connection.query(waiting("ingest"));
            pid = found.rows() > 0 ? found.integer(0, 0) : 0;
            return pid != 0;
        }));
        connection.execute("SELECT pg_terminate_backend(" + std::to_string(pid) + ")");
    }
    for (auto& outcome : outcomes)
        EXPECT_TRUE(outcome.get().durable);
    EXPECT_EQ(countOf(database.url(), "event"), 21);
    EXPECT_TRUE(node.store().health().writable);
}

// The commit arrived, its answer did not: the repetition finds its own rows.
TEST(PostgresqlFaults, TakeWhatAnEarlierTryHasStoredForTheirOwn) {
    const PostgresqlDatabase database;
    Node node{database.url()};
    auto webhook = node.webhook("evt-1");
    const auto id = webhook.events.front().id;
    const auto again = webhook;
    EXPECT_FALSE(node.submit(std::move(webhook)).get().events.at(0).duplicate);
    const auto outcome = node.submit(again).get();
    EXPECT_TRUE(outcome.durable);
    EXPECT_EQ(outcome.events.at(0).id, id);
    EXPECT_FALSE(outcome.events.at(0).duplicate);
    EXPECT_EQ(countOf(database.url(), "work"), 1);
}

TEST(PostgresqlFaults, WaitForAnotherNodesCommitOfTheSameKey) {
    const PostgresqlDatabase database;
    Node node{database.url()};
    Connection connection{{.url = database.url()}};
    node.ingest("evt-0");
    std::future<IngestOutcome> outcome;
    {
        Transaction other{connection};
        connection.execute("LOCK TABLE dedupe IN ACCESS EXCLUSIVE MODE");
        outcome = node.submit(node.webhook("evt-1"));
        ASSERT_TRUE(becomesTrue([&] { return connection.query(waiting("ingest")).rows() > 0; }));
        EXPECT_EQ(outcome.wait_for(Ms{0}), std::future_status::timeout);
        other.commit();
    }
    EXPECT_TRUE(outcome.get().durable);
}

TEST(PostgresqlFaults, AnswerInTimeWhenTheServerStandsStillAndRecoverByThemselves) {
    PostgresqlServer server;
    migrateDatabase(server.url());
    Node node{server.url(), kShort};
    const auto id = node.ingest("evt-1", true).events.at(0).id;
    ASSERT_TRUE(node.claim(1).empty()); // a connection of the pool is open

    server.freeze();
    const auto start = Clock::now();
    EXPECT_FALSE(node.ingest("evt-2").durable);
    EXPECT_THROW(node.claim(1), StoreError);
    EXPECT_FALSE(node.ingest("evt-3").durable);
    EXPECT_LT(Clock::now() - start, kWithin);
    EXPECT_FALSE(node.store().health().writable);
    node.store().finish(Node::delivered({id, 0, kFirstClaim}));

    server.thaw();
    EXPECT_TRUE(becomesTrue([&] { return node.store().health().writable; }));
    // The provider sends again; whatever became of the first try, there is one event.
    EXPECT_TRUE(node.ingest("evt-2").durable);
    node.store().flush();
    EXPECT_TRUE(becomesTrue([&] { return node.store().queueDepth().processing == 0; }));
    EXPECT_EQ(node.store().counters().dropped_results, 0U);
    EXPECT_EQ(countOf(server.url(), "dedupe"), countOf(server.url(), "event"));
}

TEST(PostgresqlFaults, ComeBackByThemselvesWhenTheServerWasKilledAndStarted) {
    PostgresqlServer server;
    migrateDatabase(server.url());
    Node node{server.url(), kShort};
    const auto first = node.ingest("evt-1", true);
    const auto life = first.incarnation;
    ASSERT_TRUE(becomesTrue([&] { return node.store().incarnation() == life; }));

    server.kill();
    EXPECT_FALSE(node.ingest("evt-2").durable);
    EXPECT_FALSE(node.store().health().writable);
    EXPECT_TRUE(becomesTrue([&] { return node.store().incarnation().isNil(); }));
    node.store().finish(Node::delivered({first.events.at(0).id, 0, kFirstClaim}));

    server.start();
    const auto start = Clock::now();
    EXPECT_TRUE(becomesTrue([&] { return node.store().health().writable; }));
    EXPECT_LT(Clock::now() - start, kWithin);
    EXPECT_TRUE(node.ingest("evt-1").events.at(0).duplicate);
    EXPECT_TRUE(node.ingest("evt-2").durable);
    EXPECT_TRUE(becomesTrue([&] { return node.store().queueDepth().processing == 0; }));
    EXPECT_TRUE(becomesTrue(
        [&] { return !node.store().incarnation().isNil() && node.store().incarnation() != life; }));
}

} // namespace
} // namespace hookgate::store::postgresql
