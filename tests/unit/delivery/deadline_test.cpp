#include "tests/unit/delivery/fixture.hpp"

#include <latch>

namespace hookgate::delivery {
namespace {

using domain::DeliveryOutcome;
using test::CallbackReply;
using test::CallbackRequest;
using test::CallbackServer;
using namespace std::chrono_literals;

class DeadlineTest : public DeliveryFixture {
protected:
    DeadlineTest() { options.delivery_timeout = 300ms; }

    // In whatever way the callback takes its time, the send ends about then.
    static void expectEndedInTime(const domain::DeliveryResult& result) {
        EXPECT_GE(result.duration_ms, 290);
        EXPECT_LE(result.duration_ms, 1300);
    }
};

TEST_F(DeadlineTest, EndsASilentCallback) {
    CallbackServer server{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    const auto result = sendTo(server.url());
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.error_message, "callback did not answer in time");
    expectEndedInTime(result);
    EXPECT_EQ(server.count(), 1U);
}

TEST_F(DeadlineTest, EndsADrippingHeader) {
    CallbackServer server{[](const CallbackRequest&) {
        auto reply = CallbackReply::status(200, "body");
        reply.drip = 20ms;
        return reply;
    }};
    const auto result = sendTo(server.url());
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.http_status, 0);
    expectEndedInTime(result);
}

TEST_F(DeadlineTest, CountsTheStatusOfADrippingBody) {
    for (const int status : {200, 500}) {
        CallbackServer server{[status](const CallbackRequest&) {
            return CallbackReply{.bytes = "HTTP/1.1 " + std::to_string(status) +
                                          " X\r\ncontent-length: 1000\r\n\r\npart"};
        }};
        const auto result = sendTo(server.url());
        EXPECT_EQ(result.http_status, status);
        EXPECT_EQ(result.outcome,
                  status == 200 ? DeliveryOutcome::Delivered : DeliveryOutcome::Retry);
        EXPECT_EQ(result.response_body, "part");
        expectEndedInTime(result);
    }
}

TEST_F(DeadlineTest, EndsAProtocolSwitchNobodyAskedFor) {
    CallbackServer server{[](const CallbackRequest&) {
        return CallbackReply{.bytes = "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n"};
    }};
    const auto result = sendTo(server.url());
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.http_status, 0);
}

TEST_F(DeadlineTest, GivesUpOnAResolverThatHangsWithoutDelayingOthers) {
    CallbackServer server;
    // Whoever looks up is not waited for at the end, and may still be on its way out of here.
    const auto release = std::make_shared<std::latch>(1);
    options.lookup = [release](const std::string& host) {
        if (host == "hangs.example") release->wait();
        return std::vector{*base::IpAddress::parse("127.0.0.1")};
    };
    const auto port = std::to_string(server.port());
    const auto hanging = addIntegration("http://hangs.example:" + port + "/");
    const auto good = addIntegration("http://good.example:" + port + "/");
    start();
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(handOver(newEvent(hanging)));
    EXPECT_EQ(sendOne(newEvent(good)).outcome, DeliveryOutcome::Delivered);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1900ms);
    ASSERT_TRUE(store.waitForResults(2));
    const auto waited = std::chrono::steady_clock::now() - began;
    EXPECT_GE(waited, 1900ms);
    EXPECT_LT(waited, 5s);
    EXPECT_EQ(store.results()[1].error_message, "callback host name does not resolve");
    release->count_down();
}

TEST_F(DeadlineTest, OneDeadCallbackDoesNotDelayAnother) {
    CallbackServer dead{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    CallbackServer alive;
    options.delivery_timeout = 60s;
    const auto dead_one = addIntegration(dead.url());
    const auto good = addIntegration(alive.url());
    start();
    std::size_t stuck = 0;
    while (handOver(newEvent(dead_one)))
        ++stuck;
    EXPECT_GE(stuck, options.waiting_per_integration / 2);
    for (int i = 0; i < 100; ++i)
        store.addDue(newEvent(dead_one));
    for (int i = 0; i < 100; ++i)
        store.addDue(newEvent(good));
    delivery->wake();
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(handOver(newEvent(good)));
    ASSERT_TRUE(store.waitForResults(200, 10s));
    EXPECT_EQ(alive.count(), 200U);
    EXPECT_LE(dead.count(), options.concurrency_per_integration);
    for (const auto& result : store.results())
        EXPECT_EQ(result.integration_id, good);
}

} // namespace
} // namespace hookgate::delivery
