#include "tests/unit/coordination/redis_fixture.hpp"

#include <atomic>
#include <vector>

namespace hookgate::coordination::redis {
namespace {

using namespace std::chrono_literals;

// Calls of every kind from several threads, for as long as it lives.
class Load {
public:
    explicit Load(Coordinator& coordinator) {
        for (int t = 0; t < 3; ++t)
            threads_.emplace_back([this, &coordinator, t](const std::stop_token& stop) {
                for (int i = 0; !stop.stop_requested(); ++i)
                    turn(coordinator, std::to_string(t) + "-" + std::to_string(i % 50));
            });
    }

    ~Load() { stop(); }

    void stop() { threads_.clear(); }

    // The load has made `count` further turns.
    bool goesOn(int count = 100) const {
        const auto wanted = turns_ + count;
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (turns_ < wanted) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }

    int refusals() const { return refusals_; }

    int lies() const { return lies_; }

private:
    void turn(Coordinator& coordinator, const std::string& name) {
        if (!coordinator.admit(name, 1'000'000'000).admitted) ++refusals_;
        const auto marker = markerOf(name.back());
        coordinator.remember(name, marker, 60s);
        const auto recalled = coordinator.recall(name);
        if (recalled && recalled->body_sha256 != marker.body_sha256) ++lies_;
        if (const auto token = coordinator.lock(name, 1s)) coordinator.unlock(name, *token);
        ++turns_;
    }

    std::atomic<int> turns_{0};
    std::atomic<int> refusals_{0};
    std::atomic<int> lies_{0};
    std::vector<std::jthread> threads_;
};

class RedisFaults : public RedisTest {
protected:
    testing_support::RedisServer server_;
    std::unique_ptr<Coordinator> coordinator_ = connect(server_.port());
};

TEST_F(RedisFaults, StartsWithoutAServerAndFindsItLater) {
    server_.kill();
    const auto coordinator = connect(server_.port());
    EXPECT_TRUE(coordinator->health().degraded);
    EXPECT_EQ(admitted(*coordinator, "a", 3, 5), 3);
    server_.restart();
    EXPECT_TRUE(becomes(*coordinator, false));
    EXPECT_EQ(admitted(*coordinator, "a", 3, 5), 3);
    EXPECT_NE(server_.command("dbsize"), "0\n");
}

TEST_F(RedisFaults, NoticesAKilledServerWithoutBeingAsked) {
    server_.kill();
    EXPECT_TRUE(becomes(*coordinator_, true));
    EXPECT_EQ(coordinator_->health().detail, "redis cannot be used, in-process meanwhile");
}

TEST_F(RedisFaults, AnswersThroughEveryKillAndRestart) {
    const Load load{*coordinator_};
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(load.goesOn());
        server_.kill();
        EXPECT_TRUE(becomes(*coordinator_, true));
        EXPECT_TRUE(load.goesOn());
        server_.restart();
        EXPECT_TRUE(becomes(*coordinator_, false));
    }
    EXPECT_TRUE(load.goesOn());
    EXPECT_EQ(load.refusals(), 0);
    EXPECT_EQ(load.lies(), 0);
}

TEST_F(RedisFaults, LimitsInProcessMeanwhile) {
    EXPECT_EQ(admitted(*coordinator_, "a", 5, 8), 5);
    server_.kill();
    EXPECT_TRUE(becomes(*coordinator_, true));
    EXPECT_EQ(admitted(*coordinator_, "a", 5, 8), 5);
    server_.restart();
    EXPECT_TRUE(becomes(*coordinator_, false));
    EXPECT_EQ(admitted(*coordinator_, "a", 5, 8), 5);
}

TEST_F(RedisFaults, WaitsForAFrozenServerThreeTimesAndNoMore) {
    server_.freeze();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(admitted(*coordinator_, "a", 60, 100), 60);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 6 * kBudget);
    EXPECT_TRUE(coordinator_->health().degraded);
    server_.thaw();
    EXPECT_TRUE(becomes(*coordinator_, false));
}

TEST_F(RedisFaults, AnswersThroughEveryFreeze) {
    const Load load{*coordinator_};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(load.goesOn());
        server_.freeze();
        EXPECT_TRUE(becomes(*coordinator_, true));
        EXPECT_TRUE(load.goesOn());
        server_.thaw();
        EXPECT_TRUE(becomes(*coordinator_, false));
    }
    EXPECT_TRUE(load.goesOn());
    EXPECT_EQ(load.refusals(), 0);
    EXPECT_EQ(load.lies(), 0);
}

TEST_F(RedisFaults, TakesAPausedServerForNone) {
    server_.command("client pause 1500 all");
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(coordinator_->admit("a", 60).admitted);
    EXPECT_TRUE(coordinator_->health().degraded);
    EXPECT_TRUE(becomes(*coordinator_, true));
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (coordinator_->health().degraded && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(5ms);
    EXPECT_FALSE(coordinator_->health().degraded);
}

TEST_F(RedisFaults, KeepsItsConnectionThroughAShortPause) {
    const auto connections = [this] {
        const auto stats = server_.command("info stats");
        const std::string name{"total_connections_received:"};
        return std::stoll(stats.substr(stats.find(name) + name.size()));
    };
    EXPECT_TRUE(coordinator_->admit("a", 60).admitted);
    const auto before = connections();
    server_.command("client pause " + std::to_string((kBudget * 3 / 2).count()) + " all");
    EXPECT_TRUE(coordinator_->admit("a", 60).admitted); // in process, when its budget is used up
    EXPECT_LE(connections() - before, 2);               // redis-cli's own
    EXPECT_FALSE(coordinator_->health().degraded);
}

TEST_F(RedisFaults, TakesAFullServerForNone) {
    const Load load{*coordinator_};
    EXPECT_TRUE(load.goesOn());
    server_.command("config set maxmemory 1");
    EXPECT_TRUE(becomes(*coordinator_, true));
    EXPECT_TRUE(load.goesOn());
    EXPECT_TRUE(coordinator_->health().degraded);
    server_.command("config set maxmemory 0");
    EXPECT_TRUE(becomes(*coordinator_, false));
    EXPECT_TRUE(load.goesOn());
    EXPECT_EQ(load.refusals(), 0);
    EXPECT_EQ(load.lies(), 0);
}

TEST_F(RedisFaults, TakesAReplicaForNone) {
    const Load load{*coordinator_};
    server_.command("replicaof 127.0.0.1 1");
    EXPECT_TRUE(becomes(*coordinator_, true));
    server_.command("replicaof no one");
    EXPECT_TRUE(becomes(*coordinator_, false));
    EXPECT_TRUE(load.goesOn());
    EXPECT_EQ(load.refusals(), 0);
}

TEST_F(RedisFaults, OnlyForgetsWhenItIsFlushed) {
    const Load load{*coordinator_};
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(load.goesOn(20));
        server_.command("flushall");
        EXPECT_FALSE(coordinator_->health().degraded);
    }
    EXPECT_EQ(load.refusals(), 0);
    EXPECT_EQ(load.lies(), 0);
}

TEST_F(RedisFaults, ComesBackAfterItsConnectionWasEnded) {
    for (int i = 0; i < 10; ++i) {
        server_.command("client kill type normal");
        EXPECT_TRUE(coordinator_->admit("a", 60).admitted);
    }
    EXPECT_TRUE(becomes(*coordinator_, false));
}

} // namespace
} // namespace hookgate::coordination::redis
