#include "core/pipeline/ingress.hpp"

#include "tests/unit/pipeline/fakes.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <semaphore>
#include <string>
#include <utility>

namespace hookgate::pipeline {
namespace {

// Without an integration every request that is worked off is answered 404.
class IngressTest : public testing::Test {
protected:
    static std::unique_ptr<http::Request> request(std::string provider = "nobody") {
        auto made = std::make_unique<http::Request>();
        made->method = "POST";
        made->parameters.emplace_back("provider", std::move(provider));
        return made;
    }

    // Its webhooks are not authentic: they are answered 401 after its plugin was called.
    std::shared_ptr<ScriptedProvider> addIntegration(const std::string& provider) {
        auto integration = std::make_shared<plugin::ActiveIntegration>();
        integration->record.id = ids.next();
        integration->record.provider = provider;
        auto scripted = std::make_shared<ScriptedProvider>();
        scripted->verdict = plugin::Verdict{.decision = plugin::Decision::Reject};
        integration->provider = scripted;
        auto snapshot = std::make_shared<plugin::Directory::Snapshot>(*directory.snapshot());
        snapshot->active_by_provider.emplace(provider, integration);
        directory.publish(snapshot);
        return scripted;
    }

    std::vector<int> statuses() const {
        std::vector<int> all;
        for (const auto& [ticket, reply] : sink->replies())
            all.push_back(reply.status);
        return all;
    }

    base::SystemClock clock;
    base::UuidGenerator ids{clock};
    plugin::Directory directory;
    ScriptedCoordinator coordinator;
    ScriptedStore store;
    RecordingHandOver hand_over;
    observability::Metrics metrics;
    SilentLog log;
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    Intake intake{ClientAddress{{}},
                  Admission{directory, coordinator, 0},
                  store,
                  {hand_over, metrics, log, ids, Markers{coordinator, std::chrono::seconds{60}}},
                  [](const Received&, const Refusal&) { return false; }};
};

TEST_F(IngressTest, WorksOffWhatIsQueuedBeforeItStops) {
    Ingress ingress{{.workers = 2, .queue_capacity = 100}, intake, log};
    for (std::uint64_t i = 0; i < 50; ++i)
        ingress.handle(request(), http::Completion{sink, i});
    ingress.stop();
    EXPECT_EQ(statuses(), std::vector<int>(50, 404));
}

TEST_F(IngressTest, Answers503AtOnceWhenTheQueueIsFull) {
    addIntegration("other");
    Ingress ingress{{.workers = 0, .queue_capacity = 2}, intake, log};
    ingress.handle(request(), http::Completion{sink, 0});
    ingress.handle(request("other"), http::Completion{sink, 1});
    ingress.handle(request("third"), http::Completion{sink, 2});
    ASSERT_EQ(statuses(), std::vector<int>{503});
    EXPECT_EQ(sink->replies()[0].first, 2U);
}

TEST_F(IngressTest, LetsOneProviderFillNoMoreThanHalfOfTheQueue) {
    addIntegration("flooding");
    addIntegration("quiet");
    Ingress ingress{{.workers = 0, .queue_capacity = 4}, intake, log};
    for (std::uint64_t i = 0; i < 3; ++i)
        ingress.handle(request("flooding"), http::Completion{sink, i});
    ingress.handle(request("quiet"), http::Completion{sink, 3});
    ASSERT_EQ(statuses(), std::vector<int>{503});
    EXPECT_EQ(sink->replies()[0].first, 2U);
}

TEST_F(IngressTest, Answers503AfterItStopped) {
    Ingress ingress{{.workers = 1, .queue_capacity = 2}, intake, log};
    ingress.stop();
    ingress.handle(request(), http::Completion{sink, 1});
    EXPECT_EQ(statuses(), std::vector<int>{503});
}

// Both workers are held until what follows waits together; then one of them goes on to `slow`.
TEST_F(IngressTest, LetsNoWebhookWaitForThePluginOfAnother) {
    std::counting_semaphore<2> held{0};
    std::latch go_on{1};
    std::latch quick_answered{3};
    addIntegration("held")->verifying = [&] {
        held.release();
        go_on.wait();
    };
    addIntegration("slow")->verifying = [&] { quick_answered.wait(); };
    addIntegration("quick")->verifying = [&] { quick_answered.count_down(); };

    Ingress ingress{{.workers = 2, .queue_capacity = 100}, intake, log};
    ingress.handle(request("held"), http::Completion{sink, 0});
    held.acquire(); // the first worker; else it would take both
    ingress.handle(request("held"), http::Completion{sink, 1});
    held.acquire();
    for (std::uint64_t i = 2; i < 8; ++i)
        ingress.handle(request(i % 2 == 0 ? "slow" : "quick"), http::Completion{sink, i});
    go_on.count_down();
    quick_answered.wait();
    ingress.stop();
    EXPECT_EQ(statuses(), std::vector<int>(8, 401));
}

} // namespace
} // namespace hookgate::pipeline
