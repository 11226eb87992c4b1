#include "core/simulate/fresh_sample.hpp"

#include "core/base/time_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hookgate::simulate {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr base::UnixMs kThen = 1'680'064'028'000;
constexpr base::UnixMs kNow = 1'790'000'000'123;

Sample sampleOf(std::string body, std::string external_id,
                std::vector<std::pair<std::string, std::string>> headers = {}) {
    Sample sample;
    sample.request.body = std::move(body);
    sample.request.headers = std::move(headers);
    sample.events = {{.external_id = std::move(external_id), .type = "t", .occurred_at = kThen}};
    return sample;
}

TEST(FreshSample, TellsTheTimeInTheFormInWhichItWasTold) {
    const auto body =
        freshened(sampleOf(R"({"s":1680064028,"ms":1680064028000,)"
                           R"("iso":"2023-03-29T04:27:08Z",)"
                           R"("there":"2023-03-29T06:27:08+02:00","other":16800640280})",
                           "evt"),
                  kNow)
            .body;
    EXPECT_EQ(body, R"({"s":1790000000,"ms":1790000000123,"iso":")" + base::toRfc3339(kNow) +
                        R"(","there":")" + base::toRfc3339(kNow) + R"(","other":16800640280})");
}

TEST(FreshSample, LeavesATimeWithoutAnOffset) {
    const auto told = base::toRfc3339(kNow);
    EXPECT_EQ(freshened(sampleOf(R"({"t":"2023-03-29T04:27:08.000123"})", "evt"), kNow).body,
              R"({"t":")" + told.substr(0, told.size() - 1) + R"("})");
}

TEST(FreshSample, GivesAnotherIdOfTheSameShapeEverywhere) {
    const auto sample = sampleOf(R"({"id":"evt_1MqqbKLt4dXK","same":"evt_1MqqbKLt4dXK"})",
                                 "evt_1MqqbKLt4dXK", {{"x-id", "evt_1MqqbKLt4dXK"}});
    std::set<std::string> bodies;
    for (int i = 0; i < 20; ++i) {
        const auto fresh = freshened(sample, kNow);
        EXPECT_THAT(
            fresh.body,
            MatchesRegex(
                R"re(\{"id":"evt_[0-9][A-Z][a-z]{3}[A-Z]{2}[a-z][0-9][a-z][A-Z]{2}","same":".*"\})re"));
        EXPECT_THAT(fresh.body, HasSubstr("\"same\":\"" + fresh.headers.front().second + '"'));
        bodies.insert(fresh.body);
    }
    EXPECT_EQ(bodies.size(), 20U);
}

TEST(FreshSample, KeepsTheKindOfAnId) {
    const auto id = freshened(sampleOf("SM0123456789abcdef", "SM0123456789abcdef"), kNow).body;
    EXPECT_THAT(id, MatchesRegex("SM[0-9]{10}[a-z]{6}"));
    const auto uuid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    EXPECT_THAT(freshened(sampleOf(uuid, uuid), kNow).body,
                MatchesRegex("[0-9]{2}[a-f][0-9]{4}[a-f]-[a-f]{2}[0-9]{2}-[0-9]{2}[a-f][0-9]-"
                             "[0-9]{2}[a-f]{2}-[0-9][a-f][0-9]{4}[a-f]{2}[0-9]{4}"));
}

TEST(FreshSample, ChangesNeitherWordsNorWhatOnlyContainsTheId) {
    const auto body =
        freshened(sampleOf(R"(["1234567","91234567","received"])", "1234567:received"), kNow).body;
    EXPECT_THAT(body, HasSubstr(R"("91234567","received")"));
    EXPECT_THAT(body, Not(HasSubstr(R"("1234567")")));
    EXPECT_THAT(body, HasSubstr(R"(["1)"));
}

TEST(FreshSample, LeavesAGivenBodyAloneAndItsHeadersNot) {
    const auto sample =
        sampleOf("evt_1MqqbKLt4dXK", "evt_1MqqbKLt4dXK", {{"x", "evt_1MqqbKLt4dXK"}});
    const auto fresh = withFreshHeaders(sample, kNow);
    EXPECT_EQ(fresh.body, "evt_1MqqbKLt4dXK");
    EXPECT_NE(fresh.headers.front().second, "evt_1MqqbKLt4dXK");
}

} // namespace
} // namespace hookgate::simulate
