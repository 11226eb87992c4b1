#include "tests/unit/delivery/fixture.hpp"

#include <latch>
#include <set>
#include <thread>

namespace hookgate::delivery {
namespace {

using domain::DeliveryOutcome;
using test::CallbackReply;
using test::CallbackRequest;
using test::CallbackServer;
using namespace std::chrono_literals;

class DrainTest : public DeliveryFixture {};

TEST_F(DrainTest, LetsWhatIsInFlightFinishAndReleasesTheRest) {
    CallbackServer server{[](const CallbackRequest&) {
        auto reply = CallbackReply::status(200);
        reply.drip = 5ms;
        return reply;
    }};
    options.concurrency_per_integration = 2;
    const auto integration = addIntegration(server.url());
    start();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(server.waitForRequests(2));
    EXPECT_EQ(delivery->drain(10s), 0U);
    EXPECT_EQ(store.resultCount(), server.count());
    EXPECT_EQ(store.resultCount() + store.released().size(), 10U);
    for (const auto& result : store.results())
        EXPECT_EQ(result.outcome, DeliveryOutcome::Delivered);
    EXPECT_FALSE(delivery->reserve(integration, 1));
    EXPECT_EQ(delivery->drain(10s), 0U) << "again";
}

TEST_F(DrainTest, CutsOffWhatDoesNotFinishAndRecordsNothingOfIt) {
    CallbackServer server{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    options.delivery_timeout = 60s;
    options.concurrency_per_integration = 3;
    const auto integration = addIntegration(server.url());
    start();
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(server.waitForRequests(3));
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(delivery->drain(100ms), 3U);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    EXPECT_EQ(store.resultCount(), 0U);
    EXPECT_EQ(store.released().size(), 2U) << "those that were never sent, and no other";
    EXPECT_EQ(server.count(), 3U);
}

TEST_F(DrainTest, ReleasesWhatIsBeingFormattedOrResolved) {
    CallbackServer server;
    std::latch hold{1};
    std::latch held{2};
    options.lookup = [&](const std::string&) {
        held.count_down();
        hold.wait();
        return std::vector{*base::IpAddress::parse("127.0.0.1")};
    };
    const auto formatting = addIntegration(
        server.url(), std::make_shared<FormattingProvider>([&](const plugin::DeliveryView&) {
            held.count_down();
            hold.wait();
            return plugin::Outbound{};
        }));
    const auto resolving = addIntegration("http://slow.example/");
    start();
    ASSERT_TRUE(handOver(newEvent(formatting)));
    ASSERT_TRUE(handOver(newEvent(resolving)));
    held.wait();
    std::thread later{[&] {
        std::this_thread::sleep_for(100ms);
        hold.count_down();
    }};
    EXPECT_EQ(delivery->drain(10s), 0U);
    later.join();
    EXPECT_EQ(store.released().size(), 2U);
    EXPECT_EQ(store.resultCount(), 0U);
    EXPECT_EQ(server.count(), 0U);
}

TEST_F(DrainTest, ReleasesWhatIsHandedOverWhileItRuns) {
    CallbackServer server{[](const CallbackRequest&) { return CallbackReply::silence(); }};
    options.delivery_timeout = 60s;
    const auto integration = addIntegration(server.url());
    start();
    ASSERT_TRUE(handOver(newEvent(integration)));
    ASSERT_TRUE(server.waitForRequests(1));
    auto late = newEvent(integration);
    ASSERT_TRUE(delivery->reserve(integration, late.payload.size()));
    std::size_t cut_off = 0;
    std::thread draining{[&] { cut_off = delivery->drain(1s); }};
    while (delivery->reserve(integration, 1)) {
        delivery->cancel(integration, 1);
        std::this_thread::yield();
    }
    delivery->handOver(store.addLeased(late, options.lease()));
    draining.join();
    EXPECT_EQ(cut_off, 1U);
    ASSERT_EQ(store.released().size(), 1U);
    EXPECT_EQ(store.released()[0].event_id, late.ref.event_id);
    delivery->handOver(store.addLeased(newEvent(integration), options.lease()));
    EXPECT_EQ(server.count(), 1U);
}

TEST_F(DrainTest, WorksWithoutAStart) {
    const auto integration = addIntegration("http://127.0.0.1:1/");
    delivery.emplace(options, store, directory, metrics, log, clock);
    ASSERT_TRUE(handOver(newEvent(integration)));
    EXPECT_EQ(delivery->drain(1s), 0U);
    EXPECT_EQ(store.released().size(), 1U);
}

TEST_F(DrainTest, EndsWithADeadStore) {
    CallbackServer server;
    const auto integration = addIntegration(server.url());
    delivery.emplace(options, store, directory, metrics, log, clock);
    ASSERT_TRUE(handOver(newEvent(integration)));
    store.failing(true);
    EXPECT_EQ(delivery->drain(100ms), 0U);
    EXPECT_EQ(log.count("leases not released"), 1U);
}

} // namespace
} // namespace hookgate::delivery
