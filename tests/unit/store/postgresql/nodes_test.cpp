#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/schema.hpp"
#include "tests/support/postgresql_database.hpp"
#include "tests/unit/store/postgresql/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace hookgate::store::postgresql {
namespace {

using testing::HasSubstr;
using testing_support::PostgresqlDatabase;
using testing_support::postgresqlUrl;

// A database that nobody has migrated.
class EmptyDatabase {
public:
    EmptyDatabase() {
        server_.execute("DROP DATABASE IF EXISTS " + name_);
        server_.execute("CREATE DATABASE " + name_);
    }

    ~EmptyDatabase() { server_.execute("DROP DATABASE " + name_ + " WITH (FORCE)"); }

    std::string url() const { return postgresqlUrl(name_); }

private:
    static ConnectOptions patient() {
        ConnectOptions options{.url = postgresqlUrl("postgres")};
        options.statement_timeout = std::chrono::seconds{30};
        return options;
    }

    const std::string name_ = "empty_" + std::to_string(::getpid());
    Connection server_{patient()};
};

std::string refusalOf(const std::string& url) {
    try {
        const Node node{url};
    } catch (const StoreError& e) {
        EXPECT_FALSE(e.retryable());
        return e.what();
    }
    return {};
}

TEST(PostgresqlNodes, KeepOneEventAnIdHoweverManySendItToEachAtOnce) {
    const PostgresqlDatabase database;
    Node first{database.url()};
    Node second{database.url()};
    constexpr int kIds = 300;
    std::vector<std::vector<StoredEvent>> seen(4);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < seen.size(); ++t)
            threads.emplace_back([&, t] {
                auto& node = t % 2 == 0 ? first : second;
                std::vector<std::future<IngestOutcome>> outcomes;
                for (int i = 0; i < kIds; ++i) {
                    // Two go up and two go down: batches meet crosswise.
                    const auto id = t < 2 ? i : kIds - 1 - i;
                    outcomes.push_back(node.submit(node.webhook("evt-" + std::to_string(id))));
                }
                seen[t].resize(kIds);
                for (std::size_t i = 0; i < outcomes.size(); ++i)
                    seen[t][t < 2 ? i : kIds - 1 - i] = outcomes[i].get().events.at(0);
            });
    }
    for (std::size_t i = 0; i < kIds; ++i) {
        std::set<domain::Uuid> ids;
        int fresh = 0;
        for (const auto& mine : seen) {
            ids.insert(mine.at(i).id);
            fresh += mine.at(i).duplicate ? 0 : 1;
        }
        EXPECT_EQ(ids.size(), 1U);
        EXPECT_EQ(fresh, 1);
    }
}

TEST(PostgresqlNodes, NeverClaimTheSameEvent) {
    const PostgresqlDatabase database;
    Node first{database.url()};
    Node second{database.url()};
    constexpr std::size_t kEvents = 400;
    std::vector<std::future<IngestOutcome>> outcomes;
    for (std::size_t i = 0; i < kEvents; ++i)
        outcomes.push_back(first.submit(first.webhook("evt-" + std::to_string(i))));
    for (auto& outcome : outcomes)
        ASSERT_TRUE(outcome.get().durable);
    std::mutex mutex;
    std::multiset<domain::Uuid> claimed;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                auto& node = t % 2 == 0 ? first : second;
                const auto complete = [&] {
                    const std::lock_guard lock{mutex};
                    return claimed.size() >= kEvents;
                };
                // What another is claiming at this moment is skipped: nothing claimed is no end.
                becomesTrue([&] {
                    const auto items = node.claim(7);
                    const std::lock_guard lock{mutex};
                    for (const auto& item : items)
                        claimed.insert(item.ref.event_id);
                    return claimed.size() >= kEvents;
                });
                EXPECT_TRUE(complete());
            });
    }
    EXPECT_EQ(claimed.size(), kEvents);
    EXPECT_EQ((std::set<domain::Uuid>{claimed.begin(), claimed.end()}.size()), kEvents);
}

TEST(PostgresqlNodes, TellEachOtherOfWorkThatAnybodyMayDo) {
    const PostgresqlDatabase database;
    Node first{database.url()};
    Node second{database.url()};
    ASSERT_TRUE(becomesTrue([&] { return second.woken() == 1; })); // it listens
    first.ingest("evt-1", true);
    first.ingest("evt-2", false);
    EXPECT_TRUE(becomesTrue([&] { return second.woken() == 2; }));
    EXPECT_EQ(second.store().untilNextDue(), std::chrono::milliseconds{0});
    EXPECT_EQ(second.claim(5).size(), 1U);
}

TEST(PostgresqlNodes, TakeOverWhenALeaseHasEndedAndLeaveTheLateResultOut) {
    const PostgresqlDatabase database;
    Node slow{database.url(), std::chrono::milliseconds{2000}, std::chrono::milliseconds{50}};
    Node quick{database.url()};
    const auto id = slow.ingest("evt-1", true).events.at(0).id;
    std::vector<domain::WorkItem> items;
    ASSERT_TRUE(becomesTrue([&] {
        items = quick.claim(5);
        return !items.empty();
    }));
    EXPECT_EQ(items[0].ref.event_id, id);
    EXPECT_EQ(items[0].attempts, 1); // the send that nobody knows of
    auto late = Node::delivered({id, 0, kFirstClaim});
    late.outcome = domain::DeliveryOutcome::Failed;
    slow.store().finish(late);
    slow.store().flush();
    EXPECT_EQ(slow.store().counters().fenced_results, 1U);
    quick.store().finish(Node::delivered(items[0].ref));
    quick.store().flush();
    EXPECT_EQ(quick.store().counters().fenced_results, 0U);
    EXPECT_EQ(quick.store().queueDepth().processing, 0);
}

TEST(PostgresqlNodes, KnowTheSameLifeOfTheDatabase) {
    const PostgresqlDatabase database;
    Node first{database.url()};
    Node second{database.url()};
    const auto life = first.ingest("evt-1").incarnation;
    EXPECT_FALSE(life.isNil());
    EXPECT_EQ(second.ingest("evt-1").incarnation, life);
    EXPECT_TRUE(becomesTrue([&] { return second.store().incarnation() == life; }));
    const PostgresqlDatabase other;
    EXPECT_NE(Node{other.url()}.ingest("evt-1").incarnation, life);
}

TEST(PostgresqlMigration, IsDoneByOneWhileOthersWait) {
    const EmptyDatabase database;
    std::atomic<std::size_t> applied{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] { applied += migrateDatabase(database.url()).size(); });
    }
    EXPECT_EQ(applied, migrations().size());
    Node node{database.url()};
    EXPECT_TRUE(node.ingest("evt-1").durable);
}

TEST(PostgresqlMigration, IsAskedForByAStoreWhoseDatabaseIsBehind) {
    const EmptyDatabase database;
    EXPECT_THAT(refusalOf(database.url()), HasSubstr("hookgate migrate"));
}

TEST(PostgresqlMigration, IsRefusedByAnOlderHookgate) {
    const PostgresqlDatabase database;
    Connection connection{{.url = database.url()}};
    connection.execute("INSERT INTO schema_migrations (version, name) VALUES (9999, 'later')");
    EXPECT_THAT(refusalOf(database.url()), HasSubstr("9999"));
    EXPECT_THROW(migrateDatabase(database.url()), StoreError);
}

TEST(PostgresqlMigration, LeavesADatabaseOfSomebodyElseAlone) {
    const EmptyDatabase database;
    Connection connection{{.url = database.url()}};
    connection.execute("CREATE TABLE event (whatever integer)");
    EXPECT_THROW(migrateDatabase(database.url()), StoreError);
    EXPECT_EQ(connection.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
                  .integer(0, 0),
              1);
}

TEST(PostgresqlTrail, IsAppendOnlyInTheDatabaseItself) {
    const PostgresqlDatabase database;
    Node node{database.url()};
    node.ingest("evt-1");
    Connection connection{{.url = database.url()}};
    for (const auto* table : {"webhook", "event", "audit"}) {
        const std::string name{table};
        EXPECT_EQ(connection.query("SELECT count(*) > 0 FROM " + name).integer(0, 0), 1) << name;
        EXPECT_THROW(connection.execute("UPDATE " + name + " SET id = gen_random_uuid()"),
                     StoreError)
            << name;
        EXPECT_THROW(connection.execute("DELETE FROM " + name), StoreError) << name;
        EXPECT_THROW(connection.execute("TRUNCATE " + name), StoreError) << name;
    }
}

} // namespace
} // namespace hookgate::store::postgresql
