#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/event_queries.hpp"
#include "core/store/postgresql/event_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/postgresql_database.hpp"
#include "tests/unit/store/postgresql/node.hpp"

#include <gtest/gtest.h>

namespace hookgate::store::postgresql {
namespace {

using domain::DeliveryOutcome;

constexpr std::chrono::hours kDay{24};

// A store whose days pass as the test says; every day it meets has its partitions.
class PostgresqlRetention : public testing::Test {
protected:
    PostgresqlRetention() {
        // Ids never go back within a process.
        static std::atomic<int> tests{0};
        clock_.advance(kDay * 30 * ++tests);
        StoreOptions options;
        options.url = database_.url();
        options.own_time = true;
        store_ = openStore(options, ids_, clock_, log_);
        domain::Integration acme;
        acme.provider = "acme";
        acme.name = "acme";
        acme_ = store_->upsertIntegrations(std::array{acme}).front();
        queries_ = openQueries(database_.url());
    }

    domain::Uuid ingest(const std::string& external_id) {
        auto item = std::make_unique<PromisedItem>();
        auto outcome = item->outcome();
        auto& webhook = item->webhook;
        webhook.id = ids_.next();
        webhook.integration_id = acme_.id;
        webhook.provider = "acme";
        webhook.received_at = clock_.unixMs();
        webhook.body = "body of " + external_id;
        domain::NewEvent event;
        event.id = ids_.next();
        event.external_id = external_id;
        event.idempotency_key = "acme:" + external_id;
        event.payload = "{}";
        event.leased = true;
        webhook.events.push_back(std::move(event));
        store_->ingest(std::move(item));
        return outcome.get().events.at(0).id;
    }

    void finish(const domain::Uuid& event, DeliveryOutcome outcome) {
        auto result = Node::delivered({event, 0, kFirstClaim});
        result.outcome = outcome;
        store_->finish(result);
        store_->flush();
    }

    void retainAll() {
        while (store_->retain(clock_.unixMs()) > 0) {}
    }

    std::int64_t number(const std::string& sql) { return connection_.query(sql).integer(0, 0); }

    std::int64_t partitions(const std::string& table) {
        return number("SELECT count(*) FROM days_of('" + table + "')");
    }

    testing_support::PostgresqlDatabase database_;
    testing_support::SilentLog log_;
    testing_support::ManualClock clock_;
    base::UuidGenerator ids_{clock_};
    std::unique_ptr<EventStore> store_;
    std::unique_ptr<EventQueries> queries_;
    domain::Integration acme_;
    Connection connection_{{.url = database_.url()}};
};

TEST_F(PostgresqlRetention, PutsRowsIntoThePartitionOfTheirDay) {
    ingest("evt-1");
    clock_.advance(kDay);
    ingest("evt-2");
    EXPECT_EQ(number("SELECT count(*) FROM event"), 2);
    EXPECT_EQ(number("SELECT count(*) FROM event_default"), 0);
    EXPECT_EQ(number("SELECT count(DISTINCT tableoid) FROM webhook"), 2);
}

TEST_F(PostgresqlRetention, DropsWholeDaysWithAllThatBelongsToThem) {
    const auto before = partitions("event");
    finish(ingest("evt-1"), DeliveryOutcome::Delivered);
    clock_.advance(kDay * 2);
    const auto young = ingest("evt-2");
    finish(young, DeliveryOutcome::Delivered);
    retainAll();
    EXPECT_LT(partitions("event"), before);
    EXPECT_EQ(number("SELECT count(*) FROM event"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM attempt"), 1);
    EXPECT_EQ(queries_->events({}, {}).total, 1);
    EXPECT_EQ(queries_->attempts({}, {}).total, 1);
    EXPECT_TRUE(queries_->event(young).has_value());
    // The key went with its event.
    EXPECT_EQ(number("SELECT count(*) FROM dedupe"), 1);
    clock_.advance(kDay);
    retainAll();
    EXPECT_EQ(number("SELECT count(*) FROM webhook"), 1);
}

TEST_F(PostgresqlRetention, KeepsTheUnfinishedOfADayThatGoes) {
    const auto failed = ingest("evt-1");
    finish(failed, DeliveryOutcome::Failed);
    finish(ingest("evt-2"), DeliveryOutcome::Delivered);
    clock_.advance(kDay * 4);
    retainAll();
    EXPECT_EQ(queries_->events({}, {}).total, 1);
    EXPECT_EQ(queries_->attempts({}, {}).total, 1);
    const auto kept = queries_->event(failed);
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->webhook.body, "body of evt-1");
    EXPECT_EQ(kept->attempts.size(), 1U);
    EXPECT_EQ(number("SELECT count(*) FROM dedupe"), 1);

    // Once it is finished it goes like any other.
    ASSERT_TRUE(store_->replay({failed, "operator", "again", "key"}).has_value());
    const auto items =
        store_->claim(std::array{ClaimRequest{acme_.id, 1}}, std::chrono::seconds{30});
    ASSERT_EQ(items.size(), 1U);
    store_->finish(Node::delivered(items[0].ref));
    store_->flush();
    retainAll();
    EXPECT_EQ(queries_->events({}, {}).total, 0);
    EXPECT_EQ(queries_->attempts({}, {}).total, 0);
    EXPECT_EQ(number("SELECT count(*) FROM webhook"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM replay_request"), 0);
}

TEST_F(PostgresqlRetention, CanBeDoneByTwoNodesAtOnce) {
    finish(ingest("evt-1"), DeliveryOutcome::Delivered);
    clock_.advance(kDay * 4);
    StoreOptions options;
    options.url = database_.url();
    options.own_time = true;
    const auto other = openStore(options, ids_, clock_, log_);
    {
        std::vector<std::jthread> threads;
        for (auto* store : {store_.get(), other.get()})
            threads.emplace_back([&, store] {
                while (store->retain(clock_.unixMs()) > 0) {}
            });
    }
    EXPECT_EQ(queries_->events({}, {}).total, 0);
    EXPECT_EQ(number("SELECT count(*) FROM event"), 0);
}

} // namespace
} // namespace hookgate::store::postgresql
