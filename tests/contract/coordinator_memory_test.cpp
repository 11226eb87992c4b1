#include "core/coordination/memory/coordinator.hpp"
#include "tests/contract/coordinator_contract.hpp"
#include "tests/support/manual_clock.hpp"

namespace hookgate::coordination {
namespace {

class MemoryHarness final : public CoordinatorHarness {
public:
    Coordinator& coordinator() override { return *coordinator_; }

    void pass(std::chrono::milliseconds duration) override { clock_.advance(duration); }

private:
    testing_support::ManualClock clock_;
    std::unique_ptr<Coordinator> coordinator_ = memory::makeCoordinator(clock_);
};

INSTANTIATE_TEST_SUITE_P(Memory, CoordinatorContract,
                         testing::Values(CoordinatorBackend{
                             "memory", [] { return std::make_unique<MemoryHarness>(); }}),
                         testing::PrintToStringParamName());

} // namespace
} // namespace hookgate::coordination
