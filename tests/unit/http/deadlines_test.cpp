#include "core/http/deadlines.hpp"

#include "tests/unit/http/edge_fixture.hpp"

#include <chrono>
#include <string>

namespace hookgate::http::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoon{2'000}; // far more than any deadline below, far less than patience
constexpr milliseconds kDripPause{10};

TEST(DeadlinesOfALoop, GiveTheEarliestAndMoveBothWays) {
    const SteadyTime start{};
    Deadlines deadlines;
    EXPECT_EQ(deadlines.waitMs(start), -1);
    deadlines.add(7, start + milliseconds{50});
    deadlines.add(8, start + milliseconds{20});
    EXPECT_EQ(deadlines.waitMs(start), 20);
    EXPECT_EQ(deadlines.due(start + milliseconds{19}), std::nullopt);
    EXPECT_EQ(deadlines.due(start + milliseconds{20}), 8U);
    deadlines.move(8, start + milliseconds{20}, SteadyTime::max());
    EXPECT_EQ(deadlines.due(start + milliseconds{50}), 7U);
    deadlines.remove(7, start + milliseconds{50});
    EXPECT_EQ(deadlines.waitMs(start), -1);
}

class DeadlinesTest : public EdgeTest {
protected:
    // Sends `bytes` over and over, a little pause between, until the server answers.
    static std::optional<Answer> drip(Peer& peer, std::string_view bytes) {
        const auto deadline = std::chrono::steady_clock::now() + kSoon;
        while (std::chrono::steady_clock::now() < deadline) {
            if (!peer.send(bytes)) return std::nullopt;
            if (auto answer = peer.receive(false, kDripPause)) return answer;
        }
        return std::nullopt;
    }
};

TEST_F(DeadlinesTest, EndAHeadThatDrips) {
    options_.header_timeout = milliseconds{100};
    start();
    auto peer = connect();
    peer.send("GET /ok HTTP/1.1\r\nHost: a\r\nX: ");
    const auto answer = drip(peer, "x");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_EQ(observer_.rejections("header_timeout"), 1);
}

TEST_F(DeadlinesTest, EndALaterHeadThatDrips) {
    options_.header_timeout = milliseconds{100};
    start();
    auto peer = connect();
    peer.send(kGetOk);
    ASSERT_TRUE(peer.receive());
    const auto answer = drip(peer, "x");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
}

TEST_F(DeadlinesTest, EndAConnectionThatSaysNothing) {
    options_.header_timeout = milliseconds{50};
    start();
    auto peer = connect();
    EXPECT_TRUE(peer.seesEnd(kSoon));
    EXPECT_EQ(observer_.answers, 0);
}

TEST_F(DeadlinesTest, EndABodyThatTakesTooLong) {
    options_.body_timeout = milliseconds{100};
    options_.body_bytes_per_second_min = 1;
    start();
    auto peer = connect();
    peer.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
    const auto answer = drip(peer, "x");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_EQ(observer_.rejections("body_timeout"), 1);
    EXPECT_EQ(server_->bufferedBytes(), 0U);
}

TEST_F(DeadlinesTest, EndABodyBelowTheMinimumRate) {
    options_.body_rate_grace = milliseconds{50};
    options_.body_bytes_per_second_min = 10'000;
    start();
    auto peer = connect();
    peer.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
    const auto answer = drip(peer, "x");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_EQ(observer_.rejections("body_too_slow"), 1);
}

TEST_F(DeadlinesTest, LetABodyOfGoodRatePassTheGrace) {
    options_.body_rate_grace = milliseconds{1};
    options_.body_bytes_per_second_min = 10;
    start();
    auto peer = connect();
    peer.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" +
              std::string(59'999, 'x'));
    EXPECT_FALSE(peer.receive(false, milliseconds{50}));
    peer.send("y");
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body.size(), 60'000U);
}

TEST_F(DeadlinesTest, EndAnIdleConnectionWithoutAWord) {
    options_.idle_timeout = milliseconds{50};
    start();
    auto peer = connect();
    peer.send(kGetOk);
    ASSERT_TRUE(peer.receive());
    EXPECT_TRUE(peer.seesEnd(kSoon));
    EXPECT_EQ(observer_.answers, 1);
}

TEST_F(DeadlinesTest, DoNotCallAConnectionIdleThatWaitsForAnAnswer) {
    options_.idle_timeout = milliseconds{20};
    start();
    auto peer = connect();
    peer.send(kGetParked);
    auto parked = parking_.take();
    EXPECT_FALSE(peer.receive(false, milliseconds{100}));
    parked.completion.reply(replyOf("late, but there"));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "late, but there");
}

TEST_F(DeadlinesTest, EndAConnectionThatDoesNotReadItsAnswers) {
    options_.write_timeout = milliseconds{100};
    start();
    auto peer = connect();
    std::string requests;
    for (int i = 0; i < 2000; ++i)
        requests += "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
    peer.sendSome(requests);
    EXPECT_TRUE(eventually([this] { return observer_.rejections("slow_reader") == 1; }));
    EXPECT_TRUE(eventually([this] { return server_->connections() == 0; }));
    // It was not answered beyond what the socket and one turn of the pipeline take.
    EXPECT_LE(big_.calls, 64);
}

TEST_F(DeadlinesTest, AnswerForAHandlerThatIsLateAndDropWhatItSays) {
    start();
    auto peer = connect();
    peer.send(postOf("/impatient", "1") + postOf("/ok", "2"));
    auto parked = parking_.take();
    auto answer = peer.receive(false, kSoon);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->header("Retry-After"), "1");
    EXPECT_NE(answer->body.find("DEPENDENCY_UNAVAILABLE"), std::string::npos);
    parked.completion.reply(replyOf("late"));
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "2");
    peer.send(postOf("/ok", "3"));
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "3");
}

TEST_F(DeadlinesTest, SendContinueOnlyWhenNothingIsBeforeIt) {
    start();
    auto peer = connect();
    peer.send(std::string{kGetParked} +
              "POST /ok HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    auto parked = parking_.take();
    parked.completion.reply(replyOf("first"));
    auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "first");
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 100);
    peer.send("ok");
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "ok");
}

} // namespace
} // namespace hookgate::http::test
