#include "core/plugin/measured_provider.hpp"

#include "core/plugin/descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace hookgate::plugin {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;

TEST(CallDurations, KnowNothingWithoutCalls) {
    const CallDurations none;
    EXPECT_EQ(none.calls(), 0U);
    EXPECT_EQ(none.p99(), nanoseconds{0});
}

TEST(CallDurations, GiveTheNinetyNinthOfAHundredWithinAQuarter) {
    for (const nanoseconds typical :
         std::vector<nanoseconds>{microseconds{1}, microseconds{7}, microseconds{1500},
                                  microseconds{milliseconds{900}}}) {
        CallDurations durations;
        for (int i = 0; i < 99; ++i)
            durations.add(typical);
        durations.add(std::chrono::seconds{5});
        EXPECT_EQ(durations.calls(), 100U);
        EXPECT_THAT(durations.p99(), AllOf(Ge(typical), Le(typical + typical / 4)))
            << typical.count();
        durations.add(std::chrono::seconds{5});
        EXPECT_THAT(durations.p99(), Ge(std::chrono::seconds{5}));
    }
}

TEST(CallDurations, TakeAnyDuration) {
    CallDurations durations;
    for (const auto took : {nanoseconds::min(), nanoseconds{-1}, nanoseconds{0}, nanoseconds{1},
                            nanoseconds{1023}, nanoseconds{1024}, nanoseconds::max()})
        durations.add(took);
    EXPECT_EQ(durations.calls(), 7U);
    EXPECT_GT(durations.p99(), std::chrono::seconds{10});
}

// Rejects an empty body, and does nothing else.
class Picky final : public Provider {
public:
    base::Result<Verdict, CallError> verify(const InboundRequest& request) const noexcept override {
        return Verdict{.decision = request.body.empty() ? Decision::Reject : Decision::Accept};
    }

    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest&) const noexcept override {
        return base::Error{CallError{CallFailure::Malformed, "unreadable"}};
    }

    base::Result<Outbound, CallError> format(const DeliveryView&) const noexcept override {
        return Outbound{.body = "formatted"};
    }

    bool acceptsMethod(std::string_view method) const noexcept override { return method == "GET"; }

    bool isSecretHeader(std::string_view name) const noexcept override { return name == "token"; }
};

class MeasuredInstances : public ::testing::Test {
protected:
    std::shared_ptr<const Provider> make() {
        const auto factory = measuredInstances(
            [](const ProviderType&, const InstanceSettings& settings)
                -> base::Result<std::shared_ptr<const Provider>, std::string> {
                if (settings.integration.empty()) return base::Error{std::string{"no name"}};
                return std::shared_ptr<const Provider>{std::make_shared<Picky>()};
            },
            figures,
            [this](auto provider, auto step, auto) {
                observed.push_back(std::string{provider} + ' ' + std::string{step});
            });
        ProviderType type;
        type.info.name = "picky";
        type.functions = &functions;
        EXPECT_EQ(factory(type, {}).error(), "no name");
        return *factory(type, {.integration = "x"});
    }

    hg_provider functions{};
    CallFigures figures;
    std::vector<std::string> observed;
};

TEST_F(MeasuredInstances, CountCallsAndRejectionsAndPassEverythingOn) {
    const auto provider = make();
    const auto calls = figures.of(&functions);
    EXPECT_EQ(calls->calls(), 0U);
    EXPECT_EQ(provider->verify({})->decision, Decision::Reject);
    EXPECT_EQ(provider->verify({.body = "x"})->decision, Decision::Accept);
    EXPECT_EQ(provider->normalize({}).error().explanation, "unreadable");
    EXPECT_EQ(provider->format({})->body, "formatted");
    EXPECT_TRUE(provider->acceptsMethod("GET"));
    EXPECT_TRUE(provider->isSecretHeader("token"));
    EXPECT_EQ(calls->of(Step::Verify).calls(), 2U);
    EXPECT_EQ(calls->of(Step::Normalize).calls(), 1U);
    EXPECT_EQ(calls->of(Step::Format).calls(), 1U);
    EXPECT_EQ(calls->calls(), 4U);
    EXPECT_EQ(calls->rejections, 1U);
    EXPECT_THAT(observed,
                ElementsAre("picky verify", "picky verify", "picky normalize", "picky format"));
}

TEST_F(MeasuredInstances, OfOneProviderCountTogether) {
    const auto one = make();
    const auto other = make();
    static_cast<void>(one->format({}));
    static_cast<void>(other->format({}));
    EXPECT_EQ(figures.of(&functions)->of(Step::Format).calls(), 2U);
    const hg_provider another{};
    EXPECT_EQ(figures.of(&another)->calls(), 0U);
}

TEST(CallFigures, CountFromSeveralThreads) {
    CallFigures figures;
    const hg_provider functions{};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const auto calls = figures.of(&functions);
                for (int call = 0; call < 1000; ++call)
                    calls->of(Step::Verify).add(microseconds{call});
            });
    }
    EXPECT_EQ(figures.of(&functions)->calls(), 4000U);
}

} // namespace
} // namespace hookgate::plugin
