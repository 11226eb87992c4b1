#include "core/http/request_parser.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace hookgate::http {
namespace {

constexpr RequestParser::Limits kLimits{.header_bytes_max = 16 * 1024,
                                        .head = {.body_bytes_max = 1024 * 1024}};

std::unique_ptr<Request> parse(std::string_view bytes) {
    RequestParser parser{kLimits};
    auto step = parser.feed(bytes);
    while (step == RequestParser::Step::Head)
        step = parser.feed(bytes);
    return step == RequestParser::Step::Complete ? parser.take() : nullptr;
}

TEST(RequestParser, GivesTheExactBytesAndTheHeadersInOrder) {
    const auto request = parse(
        "POST /a%20b?x=%41 HTTP/1.1\r\nHost: Example.com:80\r\nX-Two: 1\r\nx-TWO:\t 2 \r\n"
        "Content-Length: 4\r\n\r\n\r\n\x01\xff");
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->target, "/a%20b?x=%41");
    EXPECT_EQ(request->query, "x=%41");
    EXPECT_EQ(request->host, "Example.com:80");
    EXPECT_EQ(request->body, "\r\n\x01\xff");
    ASSERT_EQ(request->headers.size(), 4U);
    EXPECT_EQ(request->headers[1].name, "x-two");
    EXPECT_EQ(request->headers[1].value, "1");
    EXPECT_EQ(request->headers[2].name, "x-two");
    EXPECT_EQ(request->headers[2].value, "2");
    EXPECT_EQ(request->header("x-two"), "1");
    EXPECT_EQ(request->header("absent"), "");
}

TEST(RequestParser, JoinsChunksAndDropsTrailers) {
    const auto request = parse(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n");
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->body, "abcde");
    EXPECT_EQ(request->header("x-trailer"), "");
}

TEST(RequestParser, TakesTheAuthorityOffAnAbsoluteTarget) {
    const auto request = parse("GET http://a:1/p?q HTTP/1.1\r\nHost: a:1\r\n\r\n");
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->target, "/p?q");
    EXPECT_EQ(request->query, "q");
}

TEST(RequestParser, DoesNotHoldThePipelineInTheFirstHead) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto head_bytes = bytes.size();
    bytes.append(60'000, 'x');
    const auto request = parse(bytes);
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->head_bytes.size(), head_bytes);
    EXPECT_LT(request->head_bytes.capacity(), 4 * head_bytes);
}

TEST(RequestParser, HoldsAtMostTheHeaderLimitForASlowHead) {
    RequestParser parser{kLimits};
    std::string_view start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    ASSERT_EQ(parser.feed(start), RequestParser::Step::NeedMore);
    std::size_t most = 0;
    for (int i = 0; i < 16'000; ++i) {
        std::string_view byte = "x";
        ASSERT_EQ(parser.feed(byte), RequestParser::Step::NeedMore);
        most = std::max(most, parser.bytesHeld());
    }
    EXPECT_LE(most, 16U * 1024 + sizeof(Request));
}

TEST(RequestParser, SetsNoMemoryAsideForABodyThatIsOnlyAnnounced) {
    RequestParser parser{kLimits};
    std::string_view head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx";
    ASSERT_EQ(parser.feed(head), RequestParser::Step::Head);
    ASSERT_EQ(parser.feed(head), RequestParser::Step::NeedMore);
    EXPECT_LT(parser.bytesHeld(), 16U * 1024);
}

TEST(RequestParser, IsIdleOnlyBetweenRequests) {
    RequestParser parser{kLimits};
    EXPECT_TRUE(parser.isIdle());
    std::string_view blank = "\r\n";
    parser.feed(blank);
    EXPECT_TRUE(parser.isIdle());
    std::string_view part = "GET / HTTP/1.1\r\nHo";
    parser.feed(part);
    EXPECT_FALSE(parser.isIdle());
    std::string_view rest = "st: a\r\n\r\n";
    ASSERT_EQ(parser.feed(rest), RequestParser::Step::Head);
    ASSERT_EQ(parser.feed(rest), RequestParser::Step::Complete);
    parser.take();
    EXPECT_TRUE(parser.isIdle());
}

TEST(RequestParser, SaysAtOnceThatAHeadCannotBecomeAGoodOne) {
    for (const std::string_view bytes :
         {"GET / HTTP/1.1\n", "\x16\x03\x01", "GET /\rx", "\n", "G\x7f"}) {
        RequestParser parser{kLimits};
        auto input = bytes;
        EXPECT_EQ(parser.feed(input), RequestParser::Step::Failed) << bytes;
    }
}

} // namespace
} // namespace hookgate::http
