#include "core/base/clock.hpp"
#include "core/coordination/redis/coordinator.hpp"
#include "tests/contract/coordinator_contract.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/silent_log.hpp"

#include <thread>

namespace hookgate::coordination {
namespace {

// The time is the server's own, so this one really waits. The budget is one that a busy machine
// keeps: what happens beyond it is no part of the contract.
class RedisHarness final : public CoordinatorHarness {
public:
    Coordinator& coordinator() override { return *coordinator_; }

    void pass(std::chrono::milliseconds duration) override {
        std::this_thread::sleep_for(duration);
    }

private:
    testing_support::RedisServer server_;
    testing_support::SilentLog log_;
    base::SystemClock clock_;
    std::unique_ptr<Coordinator> coordinator_ = redis::makeCoordinator(
        {.address = *redis::parseAddress("redis://127.0.0.1:" + std::to_string(server_.port())),
         .installation_id = {},
         .budget = std::chrono::seconds{5}},
        clock_, log_);
};

INSTANTIATE_TEST_SUITE_P(Redis, CoordinatorContract,
                         testing::Values(CoordinatorBackend{
                             "redis", [] { return std::make_unique<RedisHarness>(); }}),
                         testing::PrintToStringParamName());

} // namespace
} // namespace hookgate::coordination
