#include "tests/unit/delivery/fixture.hpp"

#include <latch>
#include <set>

namespace hookgate::delivery {
namespace {

using domain::DeliveryOutcome;
using test::CallbackReply;
using test::CallbackRequest;
using test::CallbackServer;
using namespace std::chrono_literals;

class DeliveryTest : public DeliveryFixture {};

TEST_F(DeliveryTest, SendsTheNormalizedPayloadByteForByte) {
    CallbackServer server;
    const auto integration = addIntegration(server.url("/in?x=1"));
    start();
    auto event = newEvent(integration, R"({"big":12345678901234567890,"price":1.10})");
    event.attempts = 4;
    const auto id = event.ref.event_id;
    const auto result = sendOne(event);

    EXPECT_EQ(result.outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(result.http_status, 200);
    EXPECT_EQ(result.attempt_no, 5);
    EXPECT_EQ(result.error_message, "");
    EXPECT_EQ(result.ref.event_id, id);
    EXPECT_EQ(result.ref.claim, store::kFirstClaim);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].target, "/in?x=1");
    EXPECT_EQ(requests[0].body, R"({"big":12345678901234567890,"price":1.10})");
    EXPECT_EQ(requests[0].header("x-event-id"), id.text());
    EXPECT_EQ(requests[0].header("webhook-attempt"), "5");
    EXPECT_EQ(requests[0].header("x-integration-provider"), "provider1");
    EXPECT_EQ(requests[0].header("x-correlation-id"), "correlation-1");
    EXPECT_EQ(requests[0].header("content-type"), "application/json");
    EXPECT_EQ(requests[0].header("expect"), "");
    EXPECT_EQ(store.unfinished(), 0U);
}

TEST_F(DeliveryTest, SendsWhatThePluginFormats) {
    CallbackServer server;
    const auto integration = addIntegration(
        server.url(), std::make_shared<FormattingProvider>([](const plugin::DeliveryView& view) {
            return plugin::Outbound{
                .content_type = "text/plain",
                .body = "attempt " + std::to_string(view.attempt) + " of " + std::string{view.type},
                .headers = {{"x-kind", "k"}, {"host", "evil"}, {"x-bad", "a\r\nb: c"}}};
        }));
    start();
    EXPECT_EQ(sendOne(newEvent(integration)).outcome, DeliveryOutcome::Delivered);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].body, "attempt 1 of order.paid");
    EXPECT_EQ(requests[0].header("content-type"), "text/plain");
    EXPECT_EQ(requests[0].header("x-kind"), "k");
    EXPECT_EQ(requests[0].header("host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(requests[0].header("b"), "");
}

TEST_F(DeliveryTest, AsksAProviderWithoutFormatOnlyOnce) {
    CallbackServer server;
    const auto provider = std::make_shared<FormattingProvider>();
    const auto integration = addIntegration(server.url(), provider);
    start();
    for (int i = 0; i < 3; ++i)
        sendOne(newEvent(integration));
    EXPECT_EQ(provider->format_calls, 1);
    EXPECT_EQ(server.count(), 3U);
}

TEST_F(DeliveryTest, RecordsAFailedFormatAsAnAttemptWithoutASend) {
    CallbackServer server;
    const auto integration = addIntegration(
        server.url(),
        std::make_shared<FormattingProvider>(
            [](const plugin::DeliveryView&) -> base::Result<plugin::Outbound, plugin::CallError> {
                return base::Error{plugin::CallError{plugin::CallFailure::Internal, "s3cret"}};
            }));
    start();
    const auto result = sendOne(newEvent(integration));
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.error_message, "plugin could not format the event");
    EXPECT_EQ(log.count("event not formatted"), 1U); // why is for the log alone
    EXPECT_EQ(result.attempt_no, 1);
    EXPECT_EQ(server.count(), 0U);
}

TEST_F(DeliveryTest, PutsOffWhatThePluginWasNotAskedToFormatAtNoCost) {
    CallbackServer server;
    std::atomic<int> refusals{0};
    std::atomic<bool> quarantined{true};
    const auto integration = addIntegration(
        server.url(),
        std::make_shared<FormattingProvider>(
            [&](const plugin::DeliveryView&) -> base::Result<plugin::Outbound, plugin::CallError> {
                if (!quarantined) return plugin::Outbound{.body = "formatted"};
                ++refusals;
                return base::Error{plugin::CallError{plugin::CallFailure::NotAsked, "quarantined"}};
            }));
    options.max_sends = 1;
    options.held_back = 20ms;
    start();
    ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(store.waitForReleases(3)); // more often than it may fail
    EXPECT_EQ(store.resultCount(), 0U);
    EXPECT_GE(refusals, 3);
    EXPECT_EQ(log.count("deliveries held back"), 1U);
    quarantined = false;
    ASSERT_TRUE(store.waitForResults(1));
    const auto result = store.results().front();
    EXPECT_EQ(result.outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(result.attempt_no, 1);
    EXPECT_EQ(server.requests().at(0).body, "formatted");
}

TEST_F(DeliveryTest, SendsForOthersWhileOneIsHeldBack) {
    CallbackServer server;
    const auto held = addIntegration(
        server.url("/held"),
        std::make_shared<FormattingProvider>(
            [](const plugin::DeliveryView&) -> base::Result<plugin::Outbound, plugin::CallError> {
                return base::Error{plugin::CallError{plugin::CallFailure::NotAsked, "busy"}};
            }));
    const auto other = addIntegration(server.url("/other"));
    options.held_back = 1h;
    start();
    ASSERT_TRUE(handOver(newEvent(held)));
    ASSERT_TRUE(store.waitForReleases(1));
    store.addDue(newEvent(held));
    store.addDue(newEvent(other));
    delivery->wake();
    ASSERT_TRUE(store.waitForResults(1));
    EXPECT_EQ(server.requests().at(0).target, "/other");
    EXPECT_EQ(store.released().size(), 1U); // what is due meanwhile is not even claimed
}

TEST_F(DeliveryTest, ReusesConnections) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    start();
    for (int i = 0; i < 20; ++i)
        sendOne(newEvent(integration));
    EXPECT_EQ(server.count(), 20U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(DeliveryTest, SchedulesAFailureWithBackoff) {
    CallbackServer server{
        [](const CallbackRequest&) { return CallbackReply::status(500, "oops"); }};
    const auto result = sendTo(server.url());
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.http_status, 500);
    EXPECT_EQ(result.response_body, "oops");
    EXPECT_EQ(result.error_message, "callback answered 500");
    const auto delay = result.retry_at - result.started_at;
    EXPECT_GE(delay, 48'000);
    EXPECT_LE(delay, 75'000);
}

TEST_F(DeliveryTest, CountsSendsOfTheGenerationForBackoffAndBudget) {
    CallbackServer server{[](const CallbackRequest&) { return CallbackReply::status(500); }};
    options.max_sends = 4;
    const auto integration = addIntegration(server.url());
    start();
    auto third = newEvent(integration);
    third.attempts = 9;
    third.sends = 2;
    const auto retry = sendOne(third);
    EXPECT_EQ(retry.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(retry.attempt_no, 10);
    EXPECT_GE(retry.retry_at - retry.started_at, 4 * 48'000);
    auto last = newEvent(integration);
    last.attempts = 9;
    last.sends = 3;
    EXPECT_EQ(sendOne(last).outcome, DeliveryOutcome::Failed);
}

TEST_F(DeliveryTest, HonoursRetryAfterAndGone) {
    CallbackServer server{[](const CallbackRequest& request) {
        return request.target == "/gone" ? CallbackReply::status(410)
                                         : CallbackReply::status(503, "", "Retry-After: 600\r\n");
    }};
    const auto later = sendTo(server.url("/later"));
    EXPECT_EQ(later.outcome, DeliveryOutcome::Retry);
    EXPECT_GE(later.retry_at - later.started_at, 600'000);
    EXPECT_LE(later.retry_at - later.started_at, 665'000);
    const auto gone = sendTo(server.url("/gone"));
    EXPECT_EQ(gone.outcome, DeliveryOutcome::Failed);
    EXPECT_EQ(gone.error_message, "callback answered 410");
}

TEST_F(DeliveryTest, DeliversARetryWhenItIsDue) {
    std::atomic<int> calls{0};
    CallbackServer server{
        [&](const CallbackRequest&) { return CallbackReply::status(++calls == 1 ? 500 : 200); }};
    options.retry_base_delay = 50ms;
    const auto integration = addIntegration(server.url());
    start();
    ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(store.waitForResults(2));
    const auto results = store.results();
    EXPECT_EQ(results[0].outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(results[1].outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(results[1].attempt_no, 2);
    EXPECT_GE(results[1].started_at, results[0].retry_at);
    EXPECT_EQ(server.requests()[1].header("webhook-attempt"), "2");
}

TEST_F(DeliveryTest, NeverFollowsARedirect) {
    CallbackServer server{[](const CallbackRequest&) {
        return CallbackReply::status(302, "", "Location: http://169.254.169.254/latest\r\n");
    }};
    const auto result = sendTo(server.url());
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.http_status, 302);
    EXPECT_EQ(result.error_message, "callback answered 302; redirects are not followed");
    EXPECT_EQ(server.count(), 1U);
}

TEST_F(DeliveryTest, DoesNotTakeAProxyFromTheEnvironment) {
    CallbackServer server;
    CallbackServer proxy;
    ::setenv("http_proxy", proxy.url("").c_str(), 1);
    const auto result = sendTo(server.url());
    ::unsetenv("http_proxy");
    EXPECT_EQ(result.outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(proxy.count(), 0U);
}

// ---- connections that break

TEST_F(DeliveryTest, DoesNotSendAgainWhenAReusedConnectionClosesWithoutAnAnswer) {
    for (const auto& broken : {CallbackReply::close(), CallbackReply::reset()}) {
        CallbackServer server{[&](const CallbackRequest& request) {
            return request.on_connection == 0 ? CallbackReply::status(200) : broken;
        }};
        for (const std::size_t size : {20UL, 200'000UL}) {
            const auto integration = addIntegration(server.url());
            if (!delivery) start();
            const auto before = server.count();
            EXPECT_EQ(sendOne(newEvent(integration)).outcome, DeliveryOutcome::Delivered);
            const auto result = sendOne(newEvent(integration, std::string(size, '7')));
            EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
            EXPECT_EQ(result.http_status, 0);
            EXPECT_NE(result.error_message, "");
            EXPECT_EQ(server.count() - before, 2U) << "the second event was sent once";
        }
    }
}

TEST_F(DeliveryTest, DoesNotSendAnEmptyBodyAgainEither) {
    CallbackServer server{[&](const CallbackRequest& request) {
        return request.on_connection == 0 ? CallbackReply::status(200) : CallbackReply::close();
    }};
    const auto integration = addIntegration(
        server.url(), std::make_shared<FormattingProvider>(
                          [](const plugin::DeliveryView&) { return plugin::Outbound{}; }));
    start();
    EXPECT_EQ(sendOne(newEvent(integration)).outcome, DeliveryOutcome::Delivered);
    const auto result = sendOne(newEvent(integration));
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.error_message, "callback closed a reused connection without an answer");
    EXPECT_EQ(server.count(), 2U);
}

TEST_F(DeliveryTest, UsesAFreshConnectionWhenTheOldOneWasClosedBetweenSends) {
    CallbackServer server{[](const CallbackRequest&) {
        auto reply = CallbackReply::status(200);
        reply.then = CallbackReply::Then::Close;
        return reply;
    }};
    const auto integration = addIntegration(server.url());
    start();
    for (int i = 0; i < 20; ++i) {
        const auto result = sendOne(newEvent(integration));
        // The close may be on its way when the next request is written; that is a failed attempt,
        // never a second request.
        if (result.outcome != DeliveryOutcome::Delivered) {
            EXPECT_EQ(result.http_status, 0);
        }
    }
    EXPECT_LE(server.count(), 20U);
}

TEST_F(DeliveryTest, RecordsWhatIsNoHttpAsAFailure) {
    for (const std::string bytes :
         {"SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01garbage", "HTTP/1.1 abc\r\n\r\n",
          "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 200"}) {
        CallbackServer server{[&](const CallbackRequest&) {
            return CallbackReply{.bytes = bytes, .then = CallbackReply::Then::Close};
        }};
        const auto result = sendTo(server.url());
        EXPECT_EQ(result.outcome, DeliveryOutcome::Retry) << bytes;
        EXPECT_EQ(result.http_status, 0) << bytes;
        EXPECT_NE(result.error_message, "") << bytes;
        EXPECT_EQ(server.count(), 1U) << bytes;
    }
}

TEST_F(DeliveryTest, TellsRefusedFromUnanswered) {
    std::uint16_t closed_port = 0;
    {
        const CallbackServer gone;
        closed_port = gone.port();
    }
    const auto refused = sendTo("http://127.0.0.1:" + std::to_string(closed_port) + "/");
    EXPECT_EQ(refused.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(refused.error_message, "could not connect to the callback");
    CallbackServer closing{[](const CallbackRequest&) { return CallbackReply::close(); }};
    const auto closed = sendTo(closing.url());
    EXPECT_EQ(closed.error_message, "callback closed the connection without an answer");
}

TEST_F(DeliveryTest, KeepsTheAnswerAsBytesAndAtMostSoMany) {
    const std::string odd{"\0\xff\xfe\r\n\0", 6};
    CallbackServer server{[&](const CallbackRequest& request) {
        if (request.target == "/odd") return CallbackReply::status(200, odd);
        if (request.target == "/full") return CallbackReply::status(200, std::string(65'536, 'f'));
        auto reply = CallbackReply::status(200, std::string(1'000'000, 'x'));
        return reply;
    }};
    EXPECT_EQ(sendTo(server.url("/odd")).response_body, odd);
    EXPECT_EQ(sendTo(server.url("/full")).response_body, std::string(65'536, 'f'));
    const auto large = sendTo(server.url("/large"));
    EXPECT_EQ(large.outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(large.response_body, std::string(65'536, 'x'));
}

TEST_F(DeliveryTest, EndsAnEndlessBody) {
    CallbackServer server{[](const CallbackRequest& request) {
        return CallbackReply{.bytes = request.target == "/ok"
                                          ? "HTTP/1.1 200 OK\r\n\r\n" + std::string(1000, 'x')
                                          : "HTTP/1.1 500 No\r\n\r\n" + std::string(1000, 'x'),
                             .endless = true};
    }};
    const auto ok = sendTo(server.url("/ok"));
    EXPECT_EQ(ok.outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(ok.response_body.size(), 65'536U);
    const auto bad = sendTo(server.url("/bad"));
    EXPECT_EQ(bad.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(bad.http_status, 500);
}

TEST_F(DeliveryTest, EndsEndlessAndHugeHeaders) {
    CallbackServer endless{[](const CallbackRequest&) {
        return CallbackReply{.bytes = "HTTP/1.1 100 Continue\r\n\r\n", .endless = true};
    }};
    EXPECT_EQ(sendTo(endless.url()).error_message, "callback's answer headers are too large");
    CallbackServer huge{[](const CallbackRequest&) {
        return CallbackReply::status(200, "", "x-huge: " + std::string(80'000, 'h') + "\r\n");
    }};
    EXPECT_EQ(sendTo(huge.url()).error_message, "callback's answer headers are too large");
    CallbackServer many{[](const CallbackRequest&) {
        std::string lines;
        for (int i = 0; i < 10'000; ++i)
            lines += "x-" + std::to_string(i) + ": v\r\n";
        return CallbackReply::status(200, "", lines);
    }};
    EXPECT_EQ(sendTo(many.url()).error_message, "callback's answer headers are too large");
}

TEST_F(DeliveryTest, WaitsForTheFinalAnswerBehindProvisionalOnes) {
    CallbackServer server{[](const CallbackRequest&) {
        return CallbackReply{.bytes = "HTTP/1.1 103 Early Hints\r\nRetry-After: 9999\r\n\r\n" +
                                      CallbackReply::status(503, "no").bytes};
    }};
    const auto result = sendTo(server.url());
    EXPECT_EQ(result.http_status, 503);
    EXPECT_LT(result.retry_at - result.started_at, 80'000) << "Retry-After was not the answer's";
}

// ---- where it may go

TEST_F(DeliveryTest, DoesNotConnectToForbiddenAddresses) {
    CallbackServer server;
    options.allowed_networks = {"10.0.0.0/8"};
    const auto port = std::to_string(server.port());
    options.lookup = [](const std::string&) {
        return std::vector{*base::IpAddress::parse("127.0.0.1")};
    };
    for (const auto& host :
         {std::string{"127.0.0.1"}, std::string{"0x7f.1"}, std::string{"2130706433"},
          std::string{"[::ffff:127.0.0.1]"}, std::string{"rebound.example"}}) {
        const auto result = sendTo("http://" + host + ":" + port + "/");
        EXPECT_EQ(result.outcome, DeliveryOutcome::Retry) << host;
        EXPECT_EQ(result.error_message, "callback address is not allowed") << host;
    }
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(DeliveryTest, RecordsAUrlItMayNotUse) {
    for (const auto* url : {"http://user:pw@127.0.0.1/", "file:///etc/passwd", "nonsense url"}) {
        const auto result = sendTo(url);
        EXPECT_EQ(result.outcome, DeliveryOutcome::Retry) << url;
        EXPECT_NE(result.error_message.find("callback URL"), std::string::npos) << url;
        EXPECT_EQ(result.error_message.find("pw"), std::string::npos) << url;
    }
}

TEST_F(DeliveryTest, ResolvesNamesItselfAndTriesEveryAddress) {
    CallbackServer server;
    std::atomic<int> lookups{0};
    options.lookup = [&](const std::string& host) {
        ++lookups;
        EXPECT_EQ(host, "sink.example");
        return std::vector{*base::IpAddress::parse("169.254.169.254"),
                           *base::IpAddress::parse("::1"), *base::IpAddress::parse("127.0.0.1")};
    };
    const auto integration =
        addIntegration("http://sink.example:" + std::to_string(server.port()) + "/");
    start();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(sendOne(newEvent(integration)).outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(lookups, 1);
    EXPECT_EQ(server.requests()[0].header("host"), "sink.example:" + std::to_string(server.port()));
}

TEST_F(DeliveryTest, RecordsANameThatDoesNotResolve) {
    options.lookup = [](const std::string&) { return std::vector<base::IpAddress>{}; };
    const auto result = sendTo("http://nowhere.example/");
    EXPECT_EQ(result.outcome, DeliveryOutcome::Retry);
    EXPECT_EQ(result.error_message, "callback host name does not resolve");
}

// ---- integrations that cannot be delivered to

TEST_F(DeliveryTest, HoldsEventsOfAnIntegrationThatCannotDeliver) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    change(integration, [](auto& it) { it.provider = nullptr; });
    start();
    ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(store.waitForReleases(1));
    EXPECT_EQ(store.resultCount(), 0U) << "nothing of the budget is used up";
    delivery->wake();
    change(integration, [](auto& it) { it.provider = std::make_shared<FormattingProvider>(); });
    delivery->wake();
    ASSERT_TRUE(store.waitForResults(1));
    EXPECT_EQ(store.results()[0].outcome, DeliveryOutcome::Delivered);
    EXPECT_EQ(store.results()[0].attempt_no, 1);
}

TEST_F(DeliveryTest, GivesEventsOfAVanishedIntegrationBack) {
    start();
    ASSERT_TRUE(handOver(newEvent(ids.next())));
    ASSERT_TRUE(store.waitForReleases(1));
    EXPECT_EQ(store.resultCount(), 0U);
}

TEST_F(DeliveryTest, TakesUpAChangedCallback) {
    CallbackServer first;
    CallbackServer second;
    const auto integration = addIntegration(first.url());
    start();
    sendOne(newEvent(integration));
    change(integration, [&](auto& it) { it.callback_url = second.url(); });
    sendOne(newEvent(integration));
    EXPECT_EQ(first.count(), 1U);
    EXPECT_EQ(second.count(), 1U);
}

} // namespace
} // namespace hookgate::delivery
