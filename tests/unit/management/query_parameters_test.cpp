#include "core/management/query_parameters.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

QueryParameters read(std::string query) {
    RequestBuilder request;
    return {request.query(std::move(query)).get(),
            {"page", "pageSize", "text", "id", "from", "order"}};
}

TEST(QueryParameters, HasDefaultsForWhatIsAbsent) {
    auto query = read("");
    const auto page = query.page();
    EXPECT_EQ(page.page, 1);
    EXPECT_EQ(page.page_size, 20);
    EXPECT_EQ(query.text("text"), std::nullopt);
    EXPECT_EQ(query.choice("order", {"asc", "desc"}), std::nullopt);
    EXPECT_TRUE(query.problems().empty());
}

TEST(QueryParameters, ReadsEveryKindOfValue) {
    auto query = read(
        "page=3&pageSize=100&text=50%25+_off&id=00000000-0000-0000-0000-0000000000AB"
        "&from=2026-11-24T19:15:39.5%2B01:00&order=desc");
    const auto page = query.page();
    EXPECT_EQ(page.page, 3);
    EXPECT_EQ(page.page_size, 100);
    EXPECT_EQ(query.text("text"), "50% _off");
    EXPECT_EQ(query.uuid("id"), uuid(0xab));
    EXPECT_EQ(query.time("from"), 1'795'544'139'500);
    EXPECT_EQ(query.choice("order", {"asc", "desc"}), 1U);
    EXPECT_TRUE(query.problems().empty());
}

TEST(QueryParameters, TakesAnUnescapedPlusBeforeAnOffsetForWhatItIs) {
    auto query = read("from=2026-11-24T19:15:39.5+01:00");
    EXPECT_EQ(query.time("from"), 1'795'544'139'500);
    EXPECT_TRUE(query.problems().empty());
}

TEST(QueryParameters, NamesWhatItDoesNotKnow) {
    EXPECT_EQ(complaints(read("pagesize=2&zzz").problems().reply()),
              (std::vector<std::string>{"pagesize", "zzz"}));
}

TEST(QueryParameters, RefusesANameGivenTwice) {
    EXPECT_EQ(complaints(read("text=a&text=a").problems().reply()),
              std::vector<std::string>{"text"});
}

TEST(QueryParameters, RefusesABrokenQueryAsAWhole) {
    for (const auto* text : {"text=%zz", "text=%00", "text=%ff", "text=a%0ab"})
        EXPECT_EQ(complaints(read(text).problems().reply()), std::vector<std::string>{"query"})
            << text;
}

TEST(QueryParameters, RefusesNumbersThatAreNone) {
    for (const auto* text : {"page=0", "page=-1", "page=1.5", "page=", "page=1e2", "page=%201",
                             "page=1000000000001", "page=99999999999999999999", "page=0x10"}) {
        auto query = read(text);
        query.page();
        EXPECT_EQ(complaints(query.problems().reply()), std::vector<std::string>{"page"}) << text;
    }
    auto query = read("pageSize=101");
    query.page();
    EXPECT_EQ(complaints(query.problems().reply()), std::vector<std::string>{"pageSize"});
}

TEST(QueryParameters, CollectsEveryProblemBeforeItAnswers) {
    auto query = read("page=x&text=&id=123&from=yesterday&order=up&other=1");
    query.page();
    query.text("text");
    query.uuid("id");
    query.time("from");
    query.choice("order", {"asc", "desc"});
    const auto reply = query.problems().reply();
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(json(reply)["error"]["code"], "VALIDATION_ERROR");
    EXPECT_EQ(complaints(reply),
              (std::vector<std::string>{"other", "page", "text", "id", "from", "order"}));
}

TEST(QueryParameters, RefusesDatesThatDoNotExistOrHaveNoOffset) {
    for (const auto* text : {"from=2026-02-30", "from=2026-11-24T10:00:00",
                             "from=2026-11-24T25:00:00Z", "from=1764000000", "from="}) {
        auto query = read(text);
        query.time("from");
        EXPECT_FALSE(query.problems().empty()) << text;
    }
}

} // namespace
} // namespace hookgate::management::test
