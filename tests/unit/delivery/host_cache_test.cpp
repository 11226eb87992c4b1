#include "core/delivery/host_cache.hpp"

#include "core/delivery/host_resolver.hpp"
#include "core/delivery/transfer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <string>
#include <vector>

namespace hookgate::delivery {
namespace {

const std::vector<base::IpAddress> kOne{*base::IpAddress::parse("10.0.0.1")};
const std::vector<base::IpAddress> kOther{*base::IpAddress::parse("10.0.0.2")};

TEST(HostCache, AsksOnceAndKeepsTheAnswerForItsTime) {
    int lookups = 0;
    HostCache cache{[&](const std::string&) { return ++lookups > 0; }};
    EXPECT_EQ(cache.find("h", 0), nullptr);
    EXPECT_EQ(cache.find("h", 100), nullptr);
    EXPECT_EQ(lookups, 1);
    EXPECT_EQ(cache.nextDeadline(), HostCache::kPatienceMs);
    cache.resolved("h", kOne, 200);
    EXPECT_EQ(cache.nextDeadline(), 0);
    const auto* known = cache.find("h", 200 + HostCache::kFoundForMs - 1);
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->addresses, kOne);
    const auto version = known->version;
    EXPECT_EQ(cache.find("h", 200 + HostCache::kFoundForMs), nullptr);
    EXPECT_EQ(lookups, 2);
    cache.resolved("h", kOne, 90'000);
    EXPECT_EQ(cache.find("h", 90'000)->version, version) << "the same addresses";
    cache.find("h", 200'000);
    cache.resolved("h", kOther, 200'000);
    EXPECT_NE(cache.find("h", 200'000)->version, version);
}

TEST(HostCache, GivesUpAfterItsPatienceAndTakesALateAnswer) {
    HostCache cache{[](const std::string&) { return true; }};
    EXPECT_EQ(cache.find("h", 0), nullptr);
    cache.overdue(HostCache::kPatienceMs - 1);
    EXPECT_EQ(cache.find("h", HostCache::kPatienceMs - 1), nullptr);
    cache.overdue(HostCache::kPatienceMs);
    const auto* known = cache.find("h", HostCache::kPatienceMs);
    ASSERT_NE(known, nullptr);
    EXPECT_TRUE(known->addresses.empty());
    cache.resolved("h", kOne, 3000);
    EXPECT_EQ(cache.find("h", 3000)->addresses, kOne);
}

TEST(HostCache, RemembersAFailureForAShortTime) {
    int lookups = 0;
    HostCache cache{[&](const std::string&) { return ++lookups > 0; }};
    cache.find("h", 0);
    cache.resolved("h", {}, 0);
    EXPECT_NE(cache.find("h", HostCache::kFailedForMs - 1), nullptr);
    EXPECT_EQ(lookups, 1);
    EXPECT_EQ(cache.find("h", HostCache::kFailedForMs), nullptr);
}

TEST(HostCache, CountsALookUpThatCannotStartAsAFailure) {
    HostCache cache{[](const std::string&) { return false; }};
    const auto* known = cache.find("h", 0);
    ASSERT_NE(known, nullptr);
    EXPECT_TRUE(known->addresses.empty());
}

TEST(HostResolver, LooksEachNameUpOnceAtATimeAndIsBounded) {
    std::latch hold{1};
    std::atomic<int> lookups{0};
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t found = 0;
    HostResolver resolver{[&](const std::string&) {
                              ++lookups;
                              hold.wait();
                              return kOne;
                          },
                          [&](const std::string&, std::vector<base::IpAddress> addresses) {
                              EXPECT_EQ(addresses, kOne);
                              const std::lock_guard lock{mutex};
                              ++found;
                              changed.notify_all();
                          }};
    EXPECT_TRUE(resolver.start("a"));
    EXPECT_TRUE(resolver.start("a"));
    std::size_t accepted = 1;
    for (int i = 0; i < 1000; ++i)
        if (resolver.start("h" + std::to_string(i))) ++accepted;
    EXPECT_LT(accepted, 300U);
    EXPECT_LE(lookups, 4);
    hold.count_down();
    std::unique_lock lock{mutex};
    EXPECT_TRUE(
        changed.wait_for(lock, std::chrono::seconds{20}, [&] { return found == accepted; }));
}

TEST(HostResolver, DoesNotWaitAtItsEndForALookUpThatHangs) {
    auto hold = std::make_shared<std::latch>(1);
    auto begun = std::make_shared<std::latch>(1);
    auto done = std::make_shared<std::latch>(1);
    {
        HostResolver resolver{[=](const std::string&) -> std::vector<base::IpAddress> {
                                  begun->count_down();
                                  hold->wait();
                                  done->count_down();
                                  return {};
                              },
                              [](const std::string&, std::vector<base::IpAddress>) {
                                  ADD_FAILURE() << "told after the end";
                              }};
        resolver.start("a");
        begun->wait();
    }
    hold->count_down();
    done->wait();
}

TEST(HostResolver, KnowsLocalhost) {
    EXPECT_FALSE(lookUpHost("localhost").empty());
}

} // namespace
} // namespace hookgate::delivery
