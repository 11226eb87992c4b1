#include "tests/unit/coordination/redis_fixture.hpp"

#include <array>
#include <atomic>
#include <sstream>
#include <vector>

namespace hookgate::coordination::redis {
namespace {

using namespace std::chrono_literals;

class RedisCoordinator : public RedisTest {
protected:
    // A figure of INFO stats.
    std::int64_t stat(const std::string& name) const {
        const auto stats = server_.command("info stats");
        const auto place = stats.find(name + ":");
        return place == std::string::npos ? -1 : std::stoll(stats.substr(place + name.size() + 1));
    }

    testing_support::RedisServer server_;
    std::unique_ptr<Coordinator> coordinator_ = connect(server_.port());
};

TEST_F(RedisCoordinator, IsOneForAllNodes) {
    const auto other = connect(server_.port());
    EXPECT_EQ(admitted(*coordinator_, "acme|192.0.2.1", 5, 3), 3);
    EXPECT_EQ(admitted(*other, "acme|192.0.2.1", 5, 5), 2);

    coordinator_->remember("acme:1", markerOf('a'), 60s);
    ASSERT_TRUE(coordinator_->recall("acme:1")); // it is there
    EXPECT_EQ(other->recall("acme:1")->event_id, markerOf('a').event_id);

    const auto token = coordinator_->lock("event-1", 60s);
    ASSERT_TRUE(token);
    EXPECT_FALSE(other->lock("event-1", 60s));
    other->unlock("event-1", *token);
    EXPECT_TRUE(other->lock("event-1", 60s));
}

TEST_F(RedisCoordinator, KeepsInstallationsOnOneServerApart) {
    const auto other = connect(server_.port(), {}, 0, 2);
    EXPECT_EQ(admitted(*coordinator_, "acme|192.0.2.1", 5, 8), 5);
    EXPECT_EQ(admitted(*other, "acme|192.0.2.1", 5, 8), 5);
    coordinator_->remember("acme:1", markerOf('a'), 60s);
    ASSERT_TRUE(coordinator_->recall("acme:1"));
    EXPECT_FALSE(other->recall("acme:1"));
    EXPECT_TRUE(coordinator_->lock("event-1", 60s));
    EXPECT_TRUE(other->lock("event-1", 60s));
}

TEST_F(RedisCoordinator, TellsTheServerNoNames) {
    EXPECT_TRUE(coordinator_->admit("acme|192.0.2.1", 5).admitted);
    coordinator_->remember("acme:evt_secret", markerOf('a'), 60s);
    EXPECT_TRUE(coordinator_->lock("event-1", 60s));
    std::istringstream keys{server_.command("--scan")};
    const auto prefix = "hg:" + installation().text() + ':';
    int count = 0;
    for (std::string key; std::getline(keys, key); ++count) {
        EXPECT_TRUE(key.starts_with(prefix)) << key;
        for (const auto* told : {"acme", "192.0.2.1", "evt", "event"})
            EXPECT_EQ(key.find(told), std::string::npos) << key;
    }
    EXPECT_EQ(count, 4); // a bucket, a marker, a lock, the probe
}

TEST_F(RedisCoordinator, LeavesNoKeyWithoutAnEnd) {
    EXPECT_TRUE(coordinator_->admit("acme|192.0.2.1", 5).admitted);
    coordinator_->remember("acme:1", markerOf('a'), std::chrono::seconds::max());
    EXPECT_TRUE(coordinator_->lock("event-1", std::chrono::seconds::max()));
    std::istringstream keys{server_.command("--scan")};
    for (std::string key; std::getline(keys, key);)
        EXPECT_GT(std::stoll(server_.command("pttl " + key)), 0) << key;
}

TEST_F(RedisCoordinator, BelievesNoMarkerThatWasAltered) {
    coordinator_->remember("acme:1", markerOf('a'), 60s);
    ASSERT_TRUE(coordinator_->recall("acme:1"));
    auto key = server_.command("--scan --pattern '*:seen:*'");
    key.erase(key.find_last_not_of('\n') + 1);
    ASSERT_EQ(server_.command("setrange " + key + " 20 x"), "73\n");
    EXPECT_FALSE(coordinator_->recall("acme:1"));
    server_.command("set " + key + " +OK");
    EXPECT_FALSE(coordinator_->recall("acme:1"));
    EXPECT_FALSE(coordinator_->health().degraded);
}

TEST_F(RedisCoordinator, CountsABatchAsItsSingleRequests) {
    const std::array<std::string_view, 6> keys{"a", "b", "a", "a", "b", "a"};
    std::array<Admission, 6> admissions{};
    coordinator_->admitAll(keys, 3, admissions);
    const std::array<bool, 6> expected{true, true, true, true, true, false};
    for (std::size_t i = 0; i < keys.size(); ++i)
        EXPECT_EQ(admissions[i].admitted, expected[i]) << i;
    EXPECT_EQ(admissions[5].retry_after, 20s);
    EXPECT_EQ(admitted(*coordinator_, "b", 3, 3), 1);
}

TEST_F(RedisCoordinator, RecallsABatchInOrder) {
    coordinator_->remember("one", markerOf('1'), 60s);
    coordinator_->remember("three", markerOf('3'), 60s);
    const std::array<std::string_view, 3> names{"one", "two", "three"};
    std::array<std::optional<Marker>, 3> markers;
    coordinator_->recallAll(names, markers);
    EXPECT_EQ(markers[0]->event_id, markerOf('1').event_id);
    EXPECT_FALSE(markers[1]);
    EXPECT_EQ(markers[2]->event_id, markerOf('3').event_id);
}

TEST_F(RedisCoordinator, AsksOnceForABatch) {
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i)
        texts.push_back("key-" + std::to_string(i));
    const std::vector<std::string_view> keys{texts.begin(), texts.end()};
    std::vector<Admission> admissions(keys.size());
    const auto before = stat("total_reads_processed");
    coordinator_->admitAll(keys, 1, admissions);
    // One, two of them for a large one, and those of redis-cli.
    EXPECT_LE(stat("total_reads_processed") - before, 6);
    for (const auto& admission : admissions)
        EXPECT_TRUE(admission.admitted);
}

TEST_F(RedisCoordinator, LetsThreadsThatWaitShareARoundTrip) {
    const auto before = stat("total_reads_processed");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([this, t] {
                EXPECT_EQ(admitted(*coordinator_, std::to_string(t), 1'000'000, 500), 500);
            });
    }
    EXPECT_LT(stat("total_reads_processed") - before, 3000);
}

TEST_F(RedisCoordinator, AsksNothingWhileNobodyAsksIt) {
    EXPECT_TRUE(coordinator_->admit("a", 5).admitted);
    const auto before = stat("total_commands_processed");
    std::this_thread::sleep_for(500ms); // that nothing happens takes time to see
    EXPECT_LE(stat("total_commands_processed") - before, 3); // redis-cli's own
}

TEST_F(RedisCoordinator, GoesOnWhenTheServerForgetsTheScripts) {
    EXPECT_EQ(admitted(*coordinator_, "a", 5, 2), 2);
    server_.command("script flush");
    EXPECT_TRUE(coordinator_->admit("a", 5).admitted); // in process
    EXPECT_FALSE(coordinator_->health().degraded);
    EXPECT_EQ(admitted(*coordinator_, "a", 5, 5), 3);
}

TEST_F(RedisCoordinator, FollowsALimitThatWasLowered) {
    EXPECT_EQ(admitted(*coordinator_, "a", 100, 50), 50);
    const auto refused = coordinator_->admit("a", 10);
    EXPECT_FALSE(refused.admitted);
    EXPECT_GE(refused.retry_after, 1s);
}

TEST_F(RedisCoordinator, RemembersNoMarkerWhoseDigestIsNone) {
    coordinator_->remember("acme:1", {{}, std::string(1'000'000, 'b')}, 60s);
    EXPECT_FALSE(coordinator_->recall("acme:1"));
}

TEST_F(RedisTest, AuthenticatesAndUsesTheDatabaseThatWasNamed) {
    const testing_support::RedisServer server{{"--requirepass", "s3cret with space"}};
    const auto coordinator = connect(server.port(), "s3cret with space", 7);
    EXPECT_FALSE(coordinator->health().degraded);
    EXPECT_TRUE(coordinator->lock("event-1", 60s));
    const std::string enter = "--no-auth-warning -a 's3cret with space' ";
    EXPECT_NE(server.command(enter + "-n 7 --scan").find(":lock:"), std::string::npos);
    EXPECT_EQ(server.command(enter + "-n 0 dbsize"), "0\n");
}

TEST_F(RedisTest, FallsBackOnAWrongPassword) {
    const testing_support::RedisServer server{{"--requirepass", "right"}};
    const auto coordinator = connect(server.port(), "wrong");
    EXPECT_TRUE(coordinator->health().degraded);
    EXPECT_EQ(admitted(*coordinator, "a", 3, 5), 3);
}

TEST_F(RedisTest, FallsBackOnADatabaseThatIsNone) {
    const testing_support::RedisServer server;
    const auto coordinator = connect(server.port(), {}, 99);
    EXPECT_TRUE(coordinator->health().degraded);
    EXPECT_EQ(server.command("dbsize"), "0\n");
}

} // namespace
} // namespace hookgate::coordination::redis
