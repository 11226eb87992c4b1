#include "core/management/delivery_sink.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

int statusOf(std::string body) {
    RequestBuilder request;
    return deliverySinkReply(request.parameter("provider", "pay").body(std::move(body)).get())
        .status;
}

TEST(DeliverySink, TakesAnything) {
    for (const auto* body :
         {"", "not json", "[]", "{}", R"({"data":{"id":1}})", "\xff", R"(["simulateFailure"])"})
        EXPECT_EQ(statusOf(body), 202) << body;
}

TEST(DeliverySink, FailsWhenTheBodyOrTheObjectThatCarriesTheEventSaysSo) {
    EXPECT_EQ(statusOf(R"({"simulateFailure":true})"), 500);
    EXPECT_EQ(statusOf(R"({"data":{"simulateFailure":true}})"), 500);
    EXPECT_EQ(statusOf(R"({"resource":{"simulateFailure":true}})"), 500);
}

TEST(DeliverySink, TakesWhatOnlyLooksLikeIt) {
    EXPECT_EQ(statusOf(R"({"simulateFailure":false})"), 202);
    EXPECT_EQ(statusOf(R"({"simulateFailure":"true"})"), 202);
    EXPECT_EQ(statusOf(R"({"simulateFailure":1})"), 202);
    EXPECT_EQ(statusOf(R"({"data":{"deeper":{"simulateFailure":true}}})"), 202);
    EXPECT_EQ(statusOf(R"({"note":"simulateFailure"})"), 202);
    EXPECT_EQ(statusOf(R"([{"simulateFailure":true}])"), 202);
}

TEST(DeliverySink, SurvivesNestingDeeperThanAnyStack) {
    EXPECT_EQ(statusOf(R"({"simulateFailure":)" + std::string(1'000'000, '[')), 202);
}

} // namespace
} // namespace hookgate::management::test
