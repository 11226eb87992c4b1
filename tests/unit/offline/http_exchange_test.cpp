#include "core/offline/http_exchange.hpp"

#include "tests/support/callback_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::offline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CallbackReply;
using test::CallbackRequest;
using test::CallbackServer;
using ::testing::HasSubstr;

constexpr std::size_t kKeptBytes = 100;

HttpRequest requestTo(const std::string& url) {
    return {.url = url, .timeout = seconds{20}, .answer_bytes_max = kKeptBytes};
}

TEST(HttpExchange, SendsMethodHeadersAndBodyAsTheyAre) {
    CallbackServer server{
        [](const CallbackRequest&) { return CallbackReply::status(418, "no coffee"); }};
    const std::string body{"a\0b", 3};
    auto request = requestTo(server.url("/api?x=%20"));
    request.method = "PUT";
    request.headers = {{"x-empty", ""},
                       {"x-name", "value"},
                       {"content-length", "9"},
                       {"host", "elsewhere.example"}};
    request.body = body;
    const auto answer = exchange(request);
    ASSERT_TRUE(answer) << answer.error().why;
    EXPECT_EQ(answer->status, 418);
    EXPECT_EQ(answer->body, "no coffee");
    const auto sent = server.requests().at(0);
    EXPECT_EQ(sent.method, "PUT");
    EXPECT_EQ(sent.target, "/api?x=%20");
    EXPECT_EQ(sent.body, body);
    EXPECT_EQ(sent.header("x-name"), "value");
    EXPECT_THAT(sent.headers,
                ::testing::Contains(std::pair<std::string, std::string>{"x-empty", ""}));
    EXPECT_EQ(sent.header("content-length"), "3");
    EXPECT_THAT(sent.header("host"), HasSubstr("127.0.0.1"));
    EXPECT_EQ(sent.header("expect"), "");
}

TEST(HttpExchange, SendsAnEmptyBodyAtOnce) {
    CallbackServer server;
    const auto answer = exchange(requestTo(server.url()));
    ASSERT_TRUE(answer) << answer.error().why;
    EXPECT_EQ(server.requests().at(0).header("content-length"), "0");
}

TEST(HttpExchange, KeepsTheBeginningOfALongAnswer) {
    CallbackServer server{[](const CallbackRequest&) {
        return CallbackReply::status(200, std::string(100'000, 'x'));
    }};
    const auto answer = exchange(requestTo(server.url()));
    ASSERT_TRUE(answer) << answer.error().why;
    EXPECT_EQ(answer->body, std::string(kKeptBytes, 'x'));
}

TEST(HttpExchange, FollowsNoRedirect) {
    CallbackServer server{[](const CallbackRequest&) {
        return CallbackReply::status(302, "", "location: /elsewhere\r\n");
    }};
    const auto answer = exchange(requestTo(server.url()));
    ASSERT_TRUE(answer) << answer.error().why;
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(server.count(), 1U);
}

TEST(HttpExchange, TellsThatNobodyIsThereFromNoAnswer) {
    std::string url;
    {
        const CallbackServer gone;
        url = gone.url();
    }
    const auto unreachable = exchange(requestTo(url));
    ASSERT_FALSE(unreachable);
    EXPECT_TRUE(unreachable.error().unreachable);
    EXPECT_THAT(unreachable.error().why, HasSubstr("connect"));

    CallbackServer closing{[](const CallbackRequest&) { return CallbackReply::close(); }};
    const auto closed = exchange(requestTo(closing.url()));
    ASSERT_FALSE(closed);
    EXPECT_FALSE(closed.error().unreachable);
    EXPECT_NE(closed.error().why, "");
}

TEST(HttpExchange, WaitsForNoAnswerLongerThanItMay) {
    CallbackServer silent{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    auto request = requestTo(silent.url());
    request.timeout = milliseconds{50};
    const auto answer = exchange(request);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().why, HasSubstr("timed out"));
}

TEST(HttpExchange, SpeaksNothingButHttp) {
    EXPECT_FALSE(exchange(requestTo("file:///etc/hostname")));
}

} // namespace
} // namespace hookgate::offline
