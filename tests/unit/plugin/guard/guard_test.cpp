#include "core/plugin/guard/guard.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/silent_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace hookgate::plugin::guard {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A provider whose calls with the body "wait" do not end before the gate opens.
class GatedProvider final : public Provider {
public:
    base::Result<Verdict, CallError> verify(const InboundRequest& request) const noexcept override {
        if (request.body == "wait") pass();
        return Verdict{.decision = Decision::Accept};
    }

    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const InboundRequest&) const noexcept override {
        return std::vector<NormalizedEvent>{{.type = "any"}};
    }

    base::Result<Outbound, CallError> format(const DeliveryView&) const noexcept override {
        return Outbound{};
    }

    bool acceptsMethod(std::string_view) const noexcept override { return false; }

    bool isSecretHeader(std::string_view) const noexcept override { return false; }

    void open() {
        {
            const std::lock_guard lock{mutex_};
            open_ = true;
        }
        changed_.notify_all();
    }

    void awaitWaiting(int calls) const {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return waiting_ == calls; });
    }

private:
    void pass() const {
        std::unique_lock lock{mutex_};
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    mutable int waiting_ = 0;
    bool open_ = false;
};

class GuardTest : public ::testing::Test {
protected:
    GuardTest() { make({}); }

    ~GuardTest() override {
        provider->open();
        callers.clear();
    }

    void make(Guard::Options options) {
        options.limits.ingress_calls_max = 2;
        options.ingress_stuck_max = 2;
        guard = std::make_unique<Guard>(
            std::move(options),
            Observers{.over_budget =
                          [this](auto, Step step) {
                              const std::lock_guard lock{observed};
                              over_budget.emplace_back(nameOf(step));
                          },
                      .refused =
                          [this](auto, std::string_view why) {
                              const std::lock_guard lock{observed};
                              refused.emplace_back(why);
                          },
                      .quarantined =
                          [this](const Ward& ward, const auto& reason, const auto& actor) {
                              told.push_back(ward.provider() + ": " + reason + " by " + actor);
                          },
                      .released =
                          [this](const Ward& ward, const auto& actor) {
                              told.push_back(ward.provider() + " released by " + actor);
                          },
                      .exhausted = [this](Lane) { exhausted = true; }},
            log, clock);
    }

    std::shared_ptr<const Provider> instance(const std::string& name, const std::string& sha256) {
        const auto factory = guard->guarded([this](const ProviderType&, const InstanceSettings&) {
            return base::Result<std::shared_ptr<const Provider>, std::string>{provider};
        });
        ProviderType type;
        type.info.name = name;
        type.sha256 = sha256;
        return *factory(type, {});
    }

    // A call that does not end, on a thread of its own.
    void getStuck(const std::shared_ptr<const Provider>& instance) {
        callers.emplace_back(
            [instance] { static_cast<void>(instance->verify({.headers = {}, .body = "wait"})); });
        provider->awaitWaiting(static_cast<int>(callers.size()));
    }

    static std::string outcomeOf(const Provider& instance) {
        const auto verdict = instance.verify({.headers = {}, .body = "go"});
        if (verdict) return "accepted";
        EXPECT_EQ(verdict.error().failure, CallFailure::NotAsked);
        return verdict.error().explanation;
    }

    testing_support::ManualClock clock;
    testing_support::SilentLog log;
    std::mutex observed; // calls that got stuck end side by side; guards the two below meanwhile
    std::vector<std::string> over_budget;
    std::vector<std::string> refused;
    std::vector<std::string> told;
    std::atomic<bool> exhausted = false;
    std::unique_ptr<Guard> guard;
    std::shared_ptr<GatedProvider> provider = std::make_shared<GatedProvider>();
    std::vector<std::jthread> callers;
};

TEST_F(GuardTest, LetsCallsThroughThatKeepTheirBudget) {
    const auto acme = instance("acme", "1");
    EXPECT_EQ(outcomeOf(*acme), "accepted");
    EXPECT_TRUE(acme->normalize({.headers = {}}));
    EXPECT_TRUE(acme->format({}));
    guard->watch();
    EXPECT_THAT(over_budget, IsEmpty());
    EXPECT_THAT(guard->quarantined(), IsEmpty());
}

TEST_F(GuardTest, CountsACallOverItsBudget) {
    const auto acme = instance("acme", "1");
    getStuck(acme);
    clock.advance(milliseconds{51});
    guard->watch();
    provider->open();
    callers.clear();
    EXPECT_THAT(over_budget, ElementsAre("verify"));
    EXPECT_THAT(guard->quarantined(), IsEmpty());
}

TEST_F(GuardTest, RefusesAtOnceWhenTheShareOfAProviderIsTakenByCallsOverTheirBudget) {
    const auto acme = instance("acme", "1");
    getStuck(acme);
    getStuck(acme);
    clock.advance(milliseconds{51});
    EXPECT_THAT(outcomeOf(*acme), HasSubstr("over their budget"));
    EXPECT_THAT(refused, ElementsAre("busy"));
    EXPECT_EQ(outcomeOf(*instance("globex", "2")), "accepted");
    EXPECT_TRUE(acme->format({})); // the other lane
}

TEST_F(GuardTest, WaitsForACallThatIsWithinItsBudget) {
    const auto acme = instance("acme", "1");
    getStuck(acme);
    getStuck(acme);
    std::string outcome;
    std::jthread waiting{[&] { outcome = outcomeOf(*acme); }};
    provider->open();
    waiting.join();
    EXPECT_EQ(outcome, "accepted");
}

TEST_F(GuardTest, QuarantinesAProviderWhoseCallIsStuckAndCountsItsThread) {
    const auto acme = instance("acme", "1");
    getStuck(acme);
    clock.advance(milliseconds{500});
    guard->watch();
    EXPECT_EQ(guard->stuck(Lane::Ingress), 0U);
    clock.advance(milliseconds{1});
    guard->watch();
    guard->watch();
    EXPECT_EQ(guard->stuck(Lane::Ingress), 1U);
    EXPECT_THAT(told, ElementsAre("acme: verify did not end within 500 ms by system"));
    EXPECT_THAT(outcomeOf(*acme), HasSubstr("quarantined: verify did not end"));
    EXPECT_EQ(outcomeOf(*instance("globex", "2")), "accepted");
    EXPECT_FALSE(exhausted);
}

TEST_F(GuardTest, SaysThatItCannotGoOnWhenTooManyThreadsAreStuck) {
    getStuck(instance("acme", "1"));
    getStuck(instance("globex", "2"));
    clock.advance(milliseconds{501});
    guard->watch();
    EXPECT_TRUE(exhausted);
    EXPECT_THAT(guard->quarantined(), SizeIs(2));
}

TEST_F(GuardTest, CountsAThreadThatCameBackNoLonger) {
    getStuck(instance("acme", "1"));
    clock.advance(milliseconds{501});
    guard->watch();
    provider->open();
    callers.clear();
    EXPECT_EQ(guard->stuck(Lane::Ingress), 0U);
    EXPECT_THAT(guard->quarantined(), SizeIs(1)); // until somebody releases it
}

TEST_F(GuardTest, QuarantinesAndReleasesForOperators) {
    const auto acme = instance("acme", "1");
    EXPECT_EQ(guard->quarantine("initech", "no such", "api-key"), Guard::Change::NotInUse);
    EXPECT_EQ(guard->quarantine("acme", "looks odd", "api-key"), Guard::Change::Done);
    EXPECT_EQ(guard->quarantine("acme", "again", "api-key"), Guard::Change::AlreadySo);
    EXPECT_EQ(outcomeOf(*acme), "it is quarantined: looks odd");
    EXPECT_THAT(refused, ElementsAre("quarantined"));
    EXPECT_EQ(guard->release("acme", "api-key"), Guard::Change::Done);
    EXPECT_EQ(guard->release("acme", "api-key"), Guard::Change::AlreadySo);
    EXPECT_EQ(outcomeOf(*acme), "accepted");
    EXPECT_THAT(told, ElementsAre("acme: looks odd by api-key", "acme released by api-key"));
}

TEST_F(GuardTest, ServesOnceReleasedThoughItsWholeShareIsStuck) {
    const auto acme = instance("acme", "1");
    getStuck(acme);
    getStuck(acme);
    clock.advance(milliseconds{501});
    guard->watch();
    EXPECT_EQ(guard->release("acme", "api-key"), Guard::Change::Done);
    ASSERT_EQ(outcomeOf(*acme), "accepted");
    guard->watch();
    EXPECT_THAT(guard->quarantined(), IsEmpty()); // they were told of before
    EXPECT_EQ(guard->stuck(Lane::Ingress), 2U);

    getStuck(acme);
    clock.advance(milliseconds{501});
    guard->watch();
    EXPECT_THAT(guard->quarantined(), SizeIs(1));
    EXPECT_EQ(guard->stuck(Lane::Ingress), 3U);
    EXPECT_EQ(guard->release("acme", "api-key"), Guard::Change::Done);

    provider->open();
    callers.clear();
    EXPECT_EQ(guard->stuck(Lane::Ingress), 0U);
    EXPECT_EQ(outcomeOf(*acme), "accepted");
}

TEST_F(GuardTest, CountsCallsThatAreNotStuckAgainstTheShareAfterARelease) {
    const auto acme = instance("acme", "1");
    getStuck(acme);
    getStuck(acme);
    clock.advance(milliseconds{51});
    EXPECT_EQ(guard->quarantine("acme", "looks odd", "api-key"), Guard::Change::Done);
    EXPECT_EQ(guard->release("acme", "api-key"), Guard::Change::Done);
    EXPECT_THAT(outcomeOf(*acme), HasSubstr("over their budget"));
}

TEST_F(GuardTest, StartsCodeQuarantinedForItsPastAndAnotherVersionNot) {
    make({.history = [](const std::string& sha256) {
        return sha256 == "1" ? std::string{"it crashed"} : std::string{};
    }});
    EXPECT_EQ(outcomeOf(*instance("acme", "1")), "it is quarantined: it crashed");
    EXPECT_EQ(outcomeOf(*instance("acme", "2")), "accepted");
    ASSERT_THAT(guard->quarantined(), SizeIs(1));
    EXPECT_EQ(guard->quarantined()[0].sha256, "1");
}

} // namespace
} // namespace hookgate::plugin::guard
