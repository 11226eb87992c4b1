#include "tests/unit/http/edge_fixture.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace hookgate::http::test {
namespace {

class Pipelining : public EdgeTest {};

TEST_F(Pipelining, AnswersInOrderWhateverHandlersDo) {
    start();
    auto peer = connect();
    std::string requests;
    for (const char* body : {"1", "2", "3"})
        requests += postOf("/parked", body);
    requests += postOf("/ok", "4");
    peer.send(requests);
    std::vector<ParkingHandler::Parked> parked;
    for (int i = 0; i < 3; ++i)
        parked.push_back(parking_.take());
    for (auto each = parked.rbegin(); each != parked.rend(); ++each)
        each->completion.reply(replyOf(each->request->body));
    for (const char* body : {"1", "2", "3", "4"}) {
        const auto answer = peer.receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->body, body);
    }
}

TEST_F(Pipelining, ParsesAheadOnlySoFar) {
    options_.pipelined_max = 4;
    start();
    auto peer = connect();
    std::string requests;
    for (int i = 0; i < 10; ++i)
        requests += kGetParked;
    peer.send(requests);
    ASSERT_TRUE(parking_.waitForArrivals(4));
    // Whatever comes next comes behind the fifth request, had it been read.
    auto other = connect();
    other.send(kGetOk);
    ASSERT_TRUE(other.receive());
    EXPECT_EQ(parking_.arrived(), 4U);
    for (int i = 0; i < 10; ++i) {
        parking_.take().completion.reply(replyOf(std::to_string(i)));
        const auto answer = peer.receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->body, std::to_string(i));
    }
    EXPECT_EQ(server_->bufferedBytes(), 0U);
}

TEST_F(Pipelining, Answers500ForACompletionThatWasDropped) {
    start();
    auto peer = connect();
    peer.send(kGetParked);
    { const auto dropped = parking_.take(); }
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_NE(answer->body.find("INTERNAL_SERVER_ERROR"), std::string::npos);
    peer.send(kGetOk);
    EXPECT_TRUE(peer.receive());
}

TEST_F(Pipelining, Answers500ForAHandlerThatThrows) {
    start();
    auto peer = connect();
    peer.send("GET /throwing HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(observer_.rejections("handler_failed"), 1);
}

TEST_F(Pipelining, ClosesBehindAReplyThatSaysSo) {
    start();
    auto peer = connect();
    peer.send(kGetParked);
    auto parked = parking_.take();
    auto reply = replyOf("bye");
    reply.close = true;
    parked.completion.reply(std::move(reply));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_TRUE(peer.seesEnd());
}

TEST_F(Pipelining, AnswersWhatWasAskedBeforeThePeerClosedItsSide) {
    start();
    auto peer = connect();
    peer.send(kGetParked);
    auto parked = parking_.take();
    peer.shutdownSend();
    parked.completion.reply(replyOf("still there"));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "still there");
    EXPECT_TRUE(peer.seesEnd());
}

TEST_F(Pipelining, TellsTheHandlerWhoAndWhen) {
    start();
    auto peer = connect();
    peer.send("GET /par%6Bed?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    auto parked = parking_.take();
    EXPECT_EQ(parked.request->peer_address, "127.0.0.1");
    EXPECT_EQ(parked.request->path, "/parked");
    EXPECT_EQ(parked.request->query, "x=1");
    EXPECT_GT(parked.request->received_at, 1'700'000'000'000);
}

TEST_F(Pipelining, AsksForTheKeyOnTheMatchedRouteAlone) {
    start();
    auto peer = connect();
    peer.send("POST /keyed HTTP/1.1\r\nHost: a\r\n\r\n");
    auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_NE(answer->body.find("UNAUTHORIZED"), std::string::npos);
    EXPECT_EQ(canary_.calls, 0);
    peer.send("POST /%6Beyed HTTP/1.1\r\nHost: a\r\nX-Internal-API-Key: key\r\n\r\n");
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(canary_.calls, 1);
    // 404 and 405 are the same with and without a key.
    peer.send("GET /keyed HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 405);
    EXPECT_EQ(answer->header("Allow"), "POST, OPTIONS");
}

TEST_F(Pipelining, CarriesRepliesFromManyThreadsOverSeveralLoops) {
    static constexpr int kRounds = 200;
    static constexpr int kPipelined = 8;
    options_.io_threads = 2;
    start();
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> clients;
        for (int client = 0; client < 4; ++client) {
            clients.emplace_back([this, client, &wrong] {
                auto peer = connect();
                for (int round = 0; round < kRounds; ++round) {
                    std::string requests;
                    const auto body = std::to_string(client) + "-" + std::to_string(round);
                    for (int i = 0; i < kPipelined; ++i)
                        requests += postOf("/parked", body + "-" + std::to_string(i));
                    peer.send(requests);
                    for (int i = 0; i < kPipelined; ++i) {
                        const auto answer = peer.receive();
                        if (!answer || answer->body != body + "-" + std::to_string(i)) ++wrong;
                    }
                }
            });
        }
        std::atomic<int> left{4 * kRounds * kPipelined};
        std::vector<std::jthread> workers;
        for (int worker = 0; worker < 3; ++worker) {
            workers.emplace_back([this, &left] {
                while (left.fetch_sub(1) > 0) {
                    auto parked = parking_.take();
                    parked.completion.reply(replyOf(std::move(parked.request->body)));
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(server_->bufferedBytes(), 0U);
}

} // namespace
} // namespace hookgate::http::test
