#include "core/http/router.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hookgate::http {
namespace {

class UnusedHandler final : public Handler {
public:
    void handle(std::unique_ptr<Request>, Completion) override {}
};

class RouterTest : public ::testing::Test {
protected:
    RouterTest() {
        router_.add({"GET", "/api/v1/events", Access::Key, &handler_});
        router_.add({"GET", "/api/v1/events/:id", Access::Key, &handler_});
        router_.add({"GET", "/api/v1/events/:id/status", Access::Key, &handler_});
        router_.add({"POST", "/api/v1/events/:id/replay", Access::Key, &handler_});
        router_.add({"*", "/api/v1/webhooks/:provider", Access::Public, &handler_});
    }

    UnusedHandler handler_;
    Router router_;
};

TEST_F(RouterTest, MatchesTheWholePathAndFillsParameters) {
    const auto match = router_.match("GET", "/api/v1/events/17/status");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->pattern, "/api/v1/events/:id/status");
    ASSERT_EQ(match.parameters.size(), 1U);
    EXPECT_EQ(match.parameters[0].first, "id");
    EXPECT_EQ(match.parameters[0].second, "17");
}

TEST_F(RouterTest, DoesNotMatchPrefixesLongerPathsOrEmptySegments) {
    for (const char* path : {"/", "/api", "/api/v1/events/", "/api/v1/events/17/", "/api/v1/event",
                             "/api/v1/events/17/status/x", "/api/v1/events//status", "*", ""}) {
        const auto match = router_.match("GET", path);
        EXPECT_EQ(match.route, nullptr) << path;
        EXPECT_EQ(match.allow, "") << path;
        EXPECT_TRUE(match.parameters.empty()) << path;
    }
}

TEST_F(RouterTest, HeadFollowsGetAlone) {
    EXPECT_NE(router_.match("HEAD", "/api/v1/events").route, nullptr);
    EXPECT_EQ(router_.match("HEAD", "/api/v1/events/17/replay").route, nullptr);
}

TEST_F(RouterTest, SaysWhichMethodsAKnownPathTakes) {
    EXPECT_EQ(router_.match("POST", "/api/v1/events").allow, "GET, HEAD, OPTIONS");
    EXPECT_EQ(router_.match("GET", "/api/v1/events/17/replay").allow, "POST, OPTIONS");
    EXPECT_EQ(router_.match("get", "/api/v1/events").allow, "GET, HEAD, OPTIONS");
}

TEST_F(RouterTest, AnswersOptionsItselfEvenWhereAHandlerTakesEveryMethod) {
    const auto match = router_.match("OPTIONS", "/api/v1/webhooks/acme");
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.allow, "POST, OPTIONS");
    EXPECT_NE(router_.match("BREW", "/api/v1/webhooks/acme").route, nullptr);
}

TEST(NormalizePath, DecodesOnce) {
    EXPECT_EQ(normalizePath("/a%20b/%C3%A9"), "/a b/\xc3\xa9");
    EXPECT_EQ(normalizePath("/%2565vents"), "/%65vents");
    EXPECT_EQ(normalizePath("/"), "/");
    EXPECT_EQ(normalizePath("/a/"), "/a/");
}

TEST(NormalizePath, RefusesWhatTwoReadersCouldTakeForDifferentPaths) {
    for (const char* path : {"",       "a",     "//",      "//a",        "/a//b",         "/.",
                             "/..",    "/./a",  "/a/..",   "/%2e",       "/%2E%2e/a",     "/a%2fb",
                             "/a%5cb", "/a\\b", "/%00",    "/a%0d%0a",   "/%7f",          "/%",
                             "/%4",    "/%4g",  "/%c0%af", "/%ed%a0%80", "/%f5%80%80%80", "/\xff"})
        EXPECT_EQ(normalizePath(path), std::nullopt) << path;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(ParseQuery, KeepsOrderAndDuplicatesAndDecodesOnce) {
    EXPECT_EQ(parseQuery(""), Pairs{});
    EXPECT_EQ(parseQuery("a=1&b=&c&a=2"), (Pairs{{"a", "1"}, {"b", ""}, {"c", ""}, {"a", "2"}}));
    EXPECT_EQ(parseQuery("a+b=c%2Bd%253d&x=y=z"), (Pairs{{"a b", "c+d%3d"}, {"x", "y=z"}}));
    EXPECT_EQ(parseQuery("&&a=1&"), (Pairs{{"a", "1"}}));
}

TEST(ParseQuery, RefusesBrokenEscapesControlBytesAndInvalidUtf8) {
    for (const char* query :
         {"a=%", "a=%4", "a=%gg", "%00=a", "a=%0a", "a=%7f", "a=%ff", "a=%c0%80"})
        EXPECT_EQ(parseQuery(query), std::nullopt) << query;
}

} // namespace
} // namespace hookgate::http
