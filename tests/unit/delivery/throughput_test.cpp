#include "tests/unit/delivery/fixture.hpp"

#include <iostream>
#include <thread>

namespace hookgate::delivery {
namespace {

using test::CallbackServer;
using namespace std::chrono_literals;

class ThroughputTest : public DeliveryFixture {};

// The rate is for the reader; what is tested is that each of very many arrives once.
TEST_F(ThroughputTest, DeliversTenThousandEventsOnceEach) {
    constexpr std::size_t kEvents = 10'000;
    CallbackServer server;
    server.keepRequests(false);
    store.keepResults(false);
    const auto integration = addIntegration(server.url());
    start();
    const std::string payload(700, 'p');
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < kEvents; ++i) {
        auto event = newEvent(integration, payload);
        while (!handOver(event))
            std::this_thread::sleep_for(100us);
    }
    ASSERT_TRUE(store.waitForResults(kEvents, 100s));
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began);
    std::cout << "delivered " << static_cast<int>(kEvents / took.count()) << "/s\n";
    EXPECT_EQ(server.count(), kEvents);
    EXPECT_EQ(store.unfinished(), 0U);
    EXPECT_LE(server.connections(), options.concurrency_per_integration);
}

} // namespace
} // namespace hookgate::delivery
