#include "core/observability/audit_sampler.hpp"

#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace hookgate::observability {
namespace {

using namespace std::chrono_literals;

class AuditSamplerTest : public ::testing::Test {
protected:
    bool offer(const std::string& action = "webhook.rejected") {
        return sampler_.offer([&](std::uint64_t left_out) {
            ++made_;
            domain::AuditEntry entry;
            entry.action = action;
            entry.details_json = std::to_string(left_out);
            return entry;
        });
    }

    testing_support::ManualClock clock_;
    std::vector<domain::AuditEntry> entries_;
    int made_ = 0;
    AuditSampler sampler_{
        [this](domain::AuditEntry entry) { entries_.push_back(std::move(entry)); }, clock_};
};

TEST_F(AuditSamplerTest, LetsSixtyPassInAMinuteInAll) {
    for (int i = 0; i < 1000; ++i)
        offer(i % 2 == 0 ? "webhook.rejected" : "auth.failed");
    EXPECT_EQ(entries_.size(), 60U);
    EXPECT_EQ(entries_[0].action, "webhook.rejected");
    EXPECT_EQ(entries_[1].action, "auth.failed");
}

TEST_F(AuditSamplerTest, MakesNoEntryThatDoesNotPass) {
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(offer(), i < 60);
    EXPECT_EQ(made_, 60);
}

TEST_F(AuditSamplerTest, TheNextEntryThatPassesTellsHowManyWereLeftOut) {
    for (int i = 0; i < 100; ++i)
        offer();
    clock_.advance(59'999ms);
    EXPECT_FALSE(offer());
    clock_.advance(1ms);
    EXPECT_TRUE(offer());
    EXPECT_TRUE(offer());
    ASSERT_EQ(entries_.size(), 62U);
    EXPECT_EQ(entries_[59].details_json, "0");
    EXPECT_EQ(entries_[60].details_json, "41");
    EXPECT_EQ(entries_[61].details_json, "0");
}

TEST_F(AuditSamplerTest, CountsRightFromManyThreads) {
    std::atomic<int> passed{0};
    AuditSampler shared{[&](const domain::AuditEntry&) { ++passed; }, clock_};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i)
                    shared.offer([](std::uint64_t) { return domain::AuditEntry{}; });
            });
    }
    EXPECT_EQ(passed, 60);
}

} // namespace
} // namespace hookgate::observability
