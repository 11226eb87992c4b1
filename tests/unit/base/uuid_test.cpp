#include "core/base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace hookgate::base {
namespace {

class FrozenClock final : public Clock {
public:
    explicit FrozenClock(UnixMs now) : now_{now} {}

    UnixMs unixMs() const noexcept override { return now_; }

    BootMs bootMs() const noexcept override { return now_; }

private:
    UnixMs now_;
};

TEST(Uuid, ParsesWhatItWrites) {
    const SystemClock clock;
    UuidGenerator generator{clock};
    const auto id = generator.next();
    const auto text = id.text();
    EXPECT_EQ(text.size(), 36U);
    EXPECT_EQ(text[14], '7');
    EXPECT_EQ(Uuid::parse(text), id);
}

TEST(Uuid, RefusesEveryOtherForm) {
    for (const auto* text :
         {"", "0190163d8694739baea5966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad9",
          "0190163d-8694-739b-aea5-966c26f8ad911", "0190163d-8694-739b-aea5_966c26f8ad91",
          "0190163d-8694-739b-aea5-966c26f8ad9g", "{190163d-8694-739b-aea5-966c26f8ad91"})
        EXPECT_EQ(Uuid::parse(text), std::nullopt) << text;
}

TEST(UuidGenerator, RisesWithinOneMillisecondAndAfterTheCounterIsExhausted) {
    const FrozenClock clock{1'700'000'000'000};
    UuidGenerator generator{clock};
    auto previous = generator.next();
    for (int i = 0; i < 10'000; ++i) {
        const auto next = generator.next();
        ASSERT_LT(UuidGenerator::ordinal(previous), UuidGenerator::ordinal(next));
        ASSERT_LT(previous, next);
        previous = next;
    }
}

TEST(UuidGenerator, StartsAboveTheHighestStoredOrdinalWhenTheClockWasSetBack) {
    const FrozenClock late{1'900'000'000'000};
    const auto stored = UuidGenerator{late}.next();
    const FrozenClock early{1'600'000'000'000};
    UuidGenerator generator{early};
    generator.startAbove(UuidGenerator::ordinal(stored));
    EXPECT_GT(UuidGenerator::ordinal(generator.next()), UuidGenerator::ordinal(stored));
}

TEST(UuidGenerator, NeverMakesAnOrdinalTwiceOnManyThreads) {
    const SystemClock clock;
    std::vector<std::vector<std::int64_t>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : made)
            threads.emplace_back([&mine, &clock] {
                UuidGenerator generator{clock};
                for (int i = 0; i < 5000; ++i)
                    mine.push_back(UuidGenerator::ordinal(generator.next()));
            });
    }
    std::set<std::int64_t> all;
    for (const auto& mine : made)
        all.insert(mine.begin(), mine.end());
    EXPECT_EQ(all.size(), 20'000U);
}

TEST(DerivedUuid, IsStableAndOfVersion8) {
    EXPECT_EQ(Uuid::derived("event:1"), Uuid::derived("event:1"));
    EXPECT_NE(Uuid::derived("event:1"), Uuid::derived("event:2"));
    EXPECT_EQ(Uuid::derived("event:1").text()[14], '8');
}

} // namespace
} // namespace hookgate::base
