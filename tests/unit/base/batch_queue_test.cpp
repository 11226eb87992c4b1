#include "core/base/batch_queue.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace hookgate::base {
namespace {

TEST(BatchQueue, GivesAllThatWaitsInOrder) {
    BatchQueue<int> queue{8};
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(queue.push(int{i}));
    std::vector<int> taken;
    EXPECT_TRUE(queue.take(taken, 3));
    EXPECT_EQ(taken, (std::vector{0, 1, 2}));
    EXPECT_TRUE(queue.take(taken, 8));
    EXPECT_EQ(taken, (std::vector{0, 1, 2, 3, 4}));
}

TEST(BatchQueue, RefusesWhenFullAndAfterClose) {
    BatchQueue<int> queue{1};
    EXPECT_TRUE(queue.push(1));
    EXPECT_FALSE(queue.push(2));
    queue.close();
    EXPECT_FALSE(queue.push(3));
    std::vector<int> taken;
    EXPECT_TRUE(queue.take(taken, 8));
    EXPECT_FALSE(queue.take(taken, 8));
    EXPECT_EQ(taken, std::vector{1});
}

TEST(BatchQueue, WakesAReaderThatWaits) {
    BatchQueue<int> queue{8};
    std::vector<int> taken;
    std::jthread reader{[&] { queue.take(taken, 8); }};
    EXPECT_TRUE(queue.push(7));
    reader.join();
    EXPECT_EQ(taken, std::vector{7});
}

TEST(BatchQueue, ReturnsEmptyHandedWhenNothingComes) {
    BatchQueue<int> queue{8};
    std::vector<int> taken;
    EXPECT_TRUE(queue.takeFor(taken, 8, std::chrono::milliseconds{1}));
    EXPECT_TRUE(taken.empty());
}

} // namespace
} // namespace hookgate::base
