#include "core/management/health.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

constexpr base::UnixMs kNow = 1'764'000'000'042;

TEST(Health, IsOkWhenEveryCheckIs) {
    const auto reply = healthReply({}, kNow);
    EXPECT_EQ(reply.status, 200);
    const auto data = json(reply).at("data");
    EXPECT_EQ(data.at("status"), "ok");
    EXPECT_EQ(data.at("timestamp"), "2025-11-24T16:00:00.042Z");
    EXPECT_EQ(data.at("checks").size(), 4U);
    EXPECT_EQ(data.at("checks").at("database"), (nlohmann::json{{"status", "ok"}}));
}

TEST(Health, IsDegradedAndStill200WhenOneCheckIsNot) {
    HealthReport report;
    report.coordination = {false, "limits are kept per process"};
    const auto reply = healthReply(report, kNow);
    EXPECT_EQ(reply.status, 200);
    const auto data = json(reply).at("data");
    EXPECT_EQ(data.at("status"), "degraded");
    EXPECT_EQ(data.at("checks").at("coordination"),
              (nlohmann::json{{"status", "degraded"}, {"detail", "limits are kept per process"}}));
    EXPECT_EQ(data.at("checks").at("queue").at("status"), "ok");
}

TEST(Health, Is503OnlyWhileWebhooksAreRefused) {
    HealthReport report;
    report.refusing = "shutting down";
    const auto reply = healthReply(report, kNow);
    EXPECT_EQ(reply.status, 503);
    const auto error = json(reply).at("error");
    EXPECT_EQ(error.at("code"), "DEPENDENCY_UNAVAILABLE");
    EXPECT_EQ(error.at("message"), "shutting down");
    EXPECT_EQ(error.at("details").at("status"), "degraded");
    EXPECT_EQ(error.at("details").at("checks").size(), 4U);
    EXPECT_FALSE(headerOf(reply, "Retry-After").empty());
}

} // namespace
} // namespace hookgate::management::test
