#include "core/explain/request_dump.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace hookgate::explain {
namespace {

using Header = std::pair<std::string, std::string>;

TEST(RequestDump, KeepsEveryByteOfTheBody) {
    const std::string body{"{\"a\":1}\r\n\r\n\0\xff\n", 15};
    const auto request = parseDump(
        "POST /api/v1/webhooks/acme?x=1&y HTTP/1.1\r\nHost: gw:8080\r\n"
        "X-Two:  a b \r\n\r\n" +
        body);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->body, body);
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->path, "/api/v1/webhooks/acme");
    EXPECT_EQ(request->query, "x=1&y");
    EXPECT_EQ(request->url, "http://gw:8080/api/v1/webhooks/acme?x=1&y");
    ASSERT_EQ(request->headers.size(), 2U);
    EXPECT_EQ(request->headers[1], (Header{"x-two", "a b"}));
    EXPECT_EQ(providerIn(*request), "acme");
}

TEST(RequestDump, TakesLinesThatEndWithLineFeedsAlone) {
    const auto request = parseDump("PUT /p HTTP/1.1\nA: 1\n\nbody\n");
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->body, "body\n");
    EXPECT_EQ(providerIn(*request), "");
}

TEST(RequestDump, TakesTheTargetOfAProxy) {
    const auto request = parseDump("POST http://gw.example/webhooks/x/more HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->path, "/webhooks/x/more");
    EXPECT_EQ(providerIn(*request), "x");
}

TEST(RequestDump, RefusesWhatIsNoneAndSaysWhatOneIs) {
    for (const auto* const text :
         {"", "POST", "POST / HTTP/1.1", "POST /\n\n", "POST / HTTP/1.1\r\nA: 1\r\n",
          "POST / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\n: x\r\n\r\n", "\n\n\n"}) {
        const auto request = parseDump(text);
        ASSERT_FALSE(request) << text;
        EXPECT_NE(request.error().find("an empty line"), std::string::npos);
    }
}

TEST(RequestDump, ReadsStoredHeaders) {
    EXPECT_EQ(parseHeaderLines("a: 1\r\nb: x: y\r\n"),
              (std::vector<Header>{{"a", "1"}, {"b", "x: y"}}));
    EXPECT_TRUE(parseHeaderLines("").empty());
}

} // namespace
} // namespace hookgate::explain
