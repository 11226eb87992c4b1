#include "core/pipeline/ingress.hpp"

#include "tests/unit/pipeline/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::pipeline {
namespace {

// No integration: every request that is worked off is answered 404.
class IngressTest : public testing::Test {
protected:
    std::unique_ptr<http::Request> request() {
        auto made = std::make_unique<http::Request>();
        made->method = "POST";
        made->parameters.emplace_back("provider", "nobody");
        return made;
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
    Ingress ingress{{.workers = 0, .queue_capacity = 2}, intake, log};
    for (std::uint64_t i = 0; i < 3; ++i)
        ingress.handle(request(), http::Completion{sink, i});
    ASSERT_EQ(statuses(), std::vector<int>{503});
    EXPECT_EQ(sink->replies()[0].first, 2U);
}

TEST_F(IngressTest, Answers503AfterItStopped) {
    Ingress ingress{{.workers = 1, .queue_capacity = 2}, intake, log};
    ingress.stop();
    ingress.handle(request(), http::Completion{sink, 1});
    EXPECT_EQ(statuses(), std::vector<int>{503});
}

} // namespace
} // namespace hookgate::pipeline
