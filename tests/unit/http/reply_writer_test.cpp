#include "core/http/reply_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hookgate::http {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

std::string render(const Reply& reply, bool keep_alive = true, bool head_only = false) {
    std::string out;
    appendResponse(out, reply, kDate, keep_alive, head_only);
    return out;
}

TEST(ReplyWriter, WritesStatusHeadersAndBody) {
    Reply reply;
    reply.status = 202;
    reply.body = "{}";
    reply.headers.emplace_back("x-correlation-id", "c1");
    EXPECT_EQ(
        render(reply),
        "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\nx-correlation-id: c1\r\n\r\n{}");
}

TEST(ReplyWriter, SaysCloseWhenTheConnectionEnds) {
    EXPECT_NE(render(Reply{}, false).find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(render(Reply{}, true).find("Connection"), std::string::npos);
}

TEST(ReplyWriter, KeepsTheLengthOfTheBodyHeadDoesNotGet) {
    Reply reply;
    reply.body = "hello";
    const auto text = render(reply, true, true);
    EXPECT_NE(text.find("\r\nContent-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ReplyWriter, GivesNoContentNoLengthAndNoType) {
    Reply reply;
    reply.status = 204;
    reply.body = "never sent";
    EXPECT_EQ(render(reply),
              "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
}

TEST(ReplyWriter, LeavesOutWhatWouldSplitTheResponse) {
    Reply reply;
    reply.content_type = "text/plain\r\nX-Evil: 1";
    reply.body = "x";
    reply.headers.emplace_back("X-A", "1\r\nX-Evil: 1");
    reply.headers.emplace_back("X-B\r\nX-Evil", "1");
    reply.headers.emplace_back("X-C", std::string{"a\0b", 3});
    reply.headers.emplace_back("", "1");
    reply.headers.emplace_back("X-Good", "1");
    const auto text = render(reply);
    EXPECT_EQ(text.find("Evil"), std::string::npos);
    EXPECT_EQ(text.find("X-C"), std::string::npos);
    EXPECT_NE(text.find("\r\nX-Good: 1\r\n"), std::string::npos);
}

TEST(ReplyWriter, SaysItselfWhereTheResponseEnds) {
    Reply reply;
    reply.body = "x";
    reply.headers.emplace_back("content-length", "100");
    reply.headers.emplace_back("Transfer-Encoding", "chunked");
    reply.headers.emplace_back("Connection", "upgrade");
    const auto text = render(reply);
    EXPECT_EQ(text.find("100"), std::string::npos);
    EXPECT_EQ(text.find("chunked"), std::string::npos);
    EXPECT_EQ(text.find("upgrade"), std::string::npos);
}

TEST(ReplyWriter, TurnsAStatusThatIsNoneInto500) {
    Reply reply;
    for (const int status : {0, 100, 199, 600, -1}) {
        reply.status = status;
        EXPECT_TRUE(render(reply).starts_with("HTTP/1.1 500 ")) << status;
    }
}

TEST(HttpDate, WritesTheFixedForm) {
    EXPECT_EQ(httpDate(784111777000), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(httpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ErrorReply, HasTheEnvelopeStatusAndRetryAfter) {
    const auto reply = errorReply(ErrorCode::RateLimited, "slow \"down\"", 7, R"({"limit":1})");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.body, R"({"success":false,"error":{"code":"RATE_LIMITED",)"
                          R"("message":"slow \"down\"","details":{"limit":1}}})");
    ASSERT_EQ(reply.headers.size(), 1U);
    EXPECT_EQ(reply.headers[0], (std::pair<std::string, std::string>{"Retry-After", "7"}));
}

TEST(DataReply, PutsMetaOnlyWhereThereIsSome) {
    EXPECT_EQ(dataReply(200, "[1]").body, R"({"success":true,"data":[1]})");
    EXPECT_EQ(dataReply(200, "[1]", R"({"page":1})").body,
              R"({"success":true,"data":[1],"meta":{"page":1}})");
}

} // namespace
} // namespace hookgate::http
