#include "tests/unit/http/edge_fixture.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hookgate::http::test {
namespace {

using std::chrono::milliseconds;

class DrainTest : public EdgeTest {};

TEST_F(DrainTest, ClosesIdleConnectionsAndTakesNoNewOnes) {
    options_.io_threads = 2;
    start();
    auto idle = connect();
    idle.send(kGetOk);
    ASSERT_TRUE(idle.receive());
    const auto port = server_->port();
    server_->drain();
    EXPECT_TRUE(server_->waitDrained(kPatience));
    EXPECT_TRUE(idle.seesEnd());
    EXPECT_FALSE(Peer{port}.isConnected());
}

TEST_F(DrainTest, FinishesWhatIsInFlightAndClosesBehindTheLastAnswer) {
    start();
    auto peer = connect();
    peer.send(postOf("/parked", "1") + postOf("/parked", "2"));
    auto first = parking_.take();
    auto second = parking_.take();
    server_->drain();
    EXPECT_FALSE(server_->waitDrained(milliseconds{50}));
    second.completion.reply(replyOf("2"));
    first.completion.reply(replyOf("1"));
    auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "1");
    EXPECT_EQ(answer->header("Connection"), "");
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "2");
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_TRUE(peer.seesEnd());
    { const auto closed = std::move(peer); }
    EXPECT_TRUE(server_->waitDrained(kPatience));
}

TEST_F(DrainTest, FinishesARequestThatIsHalfRead) {
    start();
    auto peer = connect();
    peer.send("POST /ok HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    ASSERT_TRUE(peer.receive());
    server_->drain();
    EXPECT_FALSE(server_->waitDrained(milliseconds{50}));
    peer.send("abc");
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "abc");
    EXPECT_EQ(answer->header("Connection"), "close");
}

TEST_F(DrainTest, IsDoneAtOnceWithoutConnections) {
    start();
    server_->drain();
    EXPECT_TRUE(server_->waitDrained(kPatience));
}

TEST_F(DrainTest, StopClosesWhatIsLeftAndLateRepliesDoNoHarm) {
    start();
    auto peer = connect();
    peer.send(kGetParked);
    auto parked = parking_.take();
    server_->stop();
    EXPECT_TRUE(peer.seesEnd());
    server_.reset();
    parked.completion.reply(replyOf("to nobody"));
}

TEST_F(DrainTest, DoesNotShareAPortWithAnotherServer) {
    start();
    options_.port = server_->port();
    Server other{options_, router_, authorizer_, observer_};
    try {
        other.start();
        FAIL() << "two servers on one port";
    } catch (const std::runtime_error& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("127.0.0.1:" + std::to_string(options_.port)), std::string::npos);
        EXPECT_NE(message.find("Address already in use"), std::string::npos);
    }
}

TEST_F(DrainTest, ListensAgainOnThePortOfAServerThatStopped) {
    start();
    options_.port = server_->port();
    auto peer = connect();
    peer.send(kGetOk);
    ASSERT_TRUE(peer.receive());
    server_.reset();
    start();
    auto again = connect();
    again.send(kGetOk);
    EXPECT_TRUE(again.receive());
}

TEST_F(DrainTest, ListensOnIpv6) {
    options_.host = "::1";
    try {
        start();
    } catch (const std::runtime_error& error) {
        GTEST_SKIP() << error.what();
    }
    EXPECT_NE(server_->port(), 0);
}

} // namespace
} // namespace hookgate::http::test
