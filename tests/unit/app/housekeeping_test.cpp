#include "core/app/housekeeping.hpp"

#include "core/coordination/memory/coordinator.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_event_store.hpp"
#include "tests/support/silent_log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace hookgate::app {
namespace {

constexpr std::chrono::seconds kPatience{10};

// A store with two rows to drop; or one that cannot.
class RetainingStore final : public test::MemoryEventStore {
public:
    using MemoryEventStore::MemoryEventStore;

    std::size_t retain(domain::UnixMs) override {
        ++calls;
        if (fails) throw store::StoreError{"locked", true};
        return rows > 0 ? rows-- : 0;
    }

    std::atomic<int> calls{0};
    std::atomic<std::size_t> rows{2};
    std::atomic<bool> fails{false};
};

class HousekeepingTest : public testing::Test {
protected:
    // Returns when it has looked `times`; retention is done at every look.
    void looks(int times) {
        std::promise<void> enough;
        std::atomic<int> looks{0};
        Housekeeping housekeeping{{.integrations_interval = std::chrono::milliseconds{1},
                                   .retention_interval = std::chrono::milliseconds{0}},
                                  [&] {
                                      // The look after is proof that this one ended.
                                      if (++looks == times + 1) enough.set_value();
                                  },
                                  store_,
                                  *coordinator_,
                                  log_,
                                  clock_};
        ASSERT_EQ(enough.get_future().wait_for(kPatience), std::future_status::ready);
    }

    bool lockIsFree() { return coordinator_->lock("retention", std::chrono::hours{1}).has_value(); }

    testing_support::SilentLog log_;
    testing_support::ManualClock clock_;
    RetainingStore store_{clock_};
    std::unique_ptr<coordination::Coordinator> coordinator_ =
        coordination::memory::makeCoordinator(clock_);
};

TEST_F(HousekeepingTest, DropsUntilNothingOldIsLeftAndGivesTheLockBack) {
    looks(1);
    EXPECT_EQ(store_.rows, 0U);
    EXPECT_TRUE(lockIsFree());
}

TEST_F(HousekeepingTest, LeavesRetentionToTheNodeThatHoldsTheLock) {
    ASSERT_TRUE(lockIsFree()); // from here on it is taken
    looks(3);
    EXPECT_EQ(store_.calls, 0);
}

TEST_F(HousekeepingTest, TakesOverWhenTheLockOfAnotherHasEnded) {
    ASSERT_TRUE(lockIsFree());
    clock_.advance(std::chrono::hours{1});
    looks(1);
    EXPECT_EQ(store_.rows, 0U);
}

TEST_F(HousekeepingTest, GivesTheLockBackWhenTheStoreFails) {
    store_.fails = true;
    looks(2);
    EXPECT_GE(store_.calls, 2);
    EXPECT_TRUE(lockIsFree());
}

} // namespace
} // namespace hookgate::app
