#include "core/store/write_queues.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

namespace hookgate::store {
namespace {

constexpr std::chrono::milliseconds kNow{0};

class Item final : public IngestItem {
public:
    void completed(const IngestOutcome&) noexcept override {}
};

std::unique_ptr<IngestItem> item(std::size_t events, std::size_t body_bytes = 10) {
    auto made = std::make_unique<Item>();
    made->webhook.body.assign(body_bytes, 'x');
    made->webhook.events.resize(events);
    return made;
}

bool push(WriteQueues& queues, std::unique_ptr<IngestItem> made) {
    return queues.push(made);
}

std::size_t itemsOfNextBatch(WriteQueues& queues) {
    Batch batch;
    queues.take(batch, kNow);
    queues.settle();
    return batch.items.size();
}

TEST(WriteQueues, TakeAllThatWaitsUpToTheEventsOfOneTransaction) {
    WriteQueues queues{{}};
    for (int i = 0; i < 300; ++i)
        push(queues, item(1));
    EXPECT_EQ(itemsOfNextBatch(queues), 256U);
    EXPECT_EQ(itemsOfNextBatch(queues), 44U);
}

TEST(WriteQueues, TakeNoMoreBytesThanOneTransactionShouldHave) {
    WriteQueues queues{{}};
    for (int i = 0; i < 5; ++i)
        push(queues, item(1, 400'000));
    EXPECT_EQ(itemsOfNextBatch(queues), 2U);
}

TEST(WriteQueues, GiveAnItemThatIsTooLargeATransactionOfItsOwn) {
    WriteQueues queues{{}};
    push(queues, item(1));
    push(queues, item(1000));
    push(queues, item(1, 5'000'000));
    EXPECT_EQ(itemsOfNextBatch(queues), 1U);
    EXPECT_EQ(itemsOfNextBatch(queues), 1U);
    EXPECT_EQ(itemsOfNextBatch(queues), 1U);
}

TEST(WriteQueues, LeaveAnItemUntouchedThatDoesNotFit) {
    WriteQueues queues{{.items = 1, .results = 1, .audit = 1}};
    EXPECT_TRUE(push(queues, item(1)));
    auto second = item(1);
    EXPECT_FALSE(queues.push(second));
    EXPECT_NE(second, nullptr);
    EXPECT_TRUE(queues.push(domain::DeliveryResult{}));
    EXPECT_FALSE(queues.push(domain::DeliveryResult{}));
    EXPECT_TRUE(queues.push(domain::AuditEntry{}));
    EXPECT_FALSE(queues.push(domain::AuditEntry{}));
}

TEST(WriteQueues, HandOutAgainFirstWhatWasPutBack) {
    WriteQueues queues{{}};
    domain::DeliveryResult first;
    first.attempt_no = 1;
    queues.push(std::move(first));
    Batch batch;
    queues.take(batch, kNow);
    domain::DeliveryResult second;
    second.attempt_no = 2;
    queues.push(std::move(second));
    EXPECT_EQ(queues.putBack(batch), 0U);
    queues.settle();
    batch = {};
    queues.take(batch, kNow);
    ASSERT_EQ(batch.results.size(), 2U);
    EXPECT_EQ(batch.results[0].attempt_no, 1);
    EXPECT_EQ(batch.results[1].attempt_no, 2);
}

TEST(WriteQueues, CountWhatIsPutBackAsNotSettled) {
    WriteQueues queues{{}};
    queues.push(domain::DeliveryResult{});
    Batch batch;
    queues.take(batch, kNow);
    queues.putBack(batch);
    queues.settle();
    EXPECT_FALSE(queues.awaitSettled(kNow));
    batch = {};
    queues.take(batch, kNow);
    EXPECT_FALSE(queues.awaitSettled(kNow));
    queues.settle();
    EXPECT_TRUE(queues.awaitSettled(kNow));
}

TEST(WriteQueues, DropWhatIsPutBackOnceTheyAreClosed) {
    WriteQueues queues{{}};
    queues.push(domain::DeliveryResult{});
    queues.push(domain::AuditEntry{});
    Batch batch;
    queues.take(batch, kNow);
    queues.close();
    EXPECT_EQ(queues.putBack(batch), 2U);
    batch = {};
    EXPECT_FALSE(queues.take(batch, kNow));
}

TEST(WriteQueues, DrainBeforeTheyEnd) {
    WriteQueues queues{{}};
    push(queues, item(1));
    queues.close();
    EXPECT_FALSE(push(queues, item(1)));
    EXPECT_THROW(queues.post(std::make_shared<Posted>()), StoreError);
    Batch batch;
    EXPECT_TRUE(queues.take(batch, kNow));
    EXPECT_EQ(batch.items.size(), 1U);
    batch = {};
    EXPECT_FALSE(queues.take(batch, kNow));
}

TEST(WriteQueues, WakeTheirReader) {
    WriteQueues queues{{}};
    Batch batch;
    {
        const std::jthread reader{[&] { queues.take(batch, std::chrono::milliseconds::max()); }};
        push(queues, item(1));
    }
    EXPECT_EQ(batch.items.size(), 1U);
}

TEST(WriteQueues, LetFewResultsWaitForCompany) {
    QueueLimits limits;
    limits.linger = std::chrono::hours{1};
    limits.results_wanted = 3;
    WriteQueues queues{limits};
    queues.push(domain::DeliveryResult{});
    std::size_t taken = 0;
    std::jthread taker{[&] {
        Batch batch;
        queues.take(batch, std::chrono::milliseconds::max());
        taken = batch.results.size();
    }};
    queues.push(domain::DeliveryResult{});
    queues.push(domain::DeliveryResult{});
    taker.join();
    EXPECT_EQ(taken, 3U);
}

TEST(WriteQueues, DoNotLetResultsWaitThatSomebodyWaitsFor) {
    QueueLimits limits;
    limits.linger = std::chrono::hours{1};
    WriteQueues queues{limits};
    queues.push(domain::DeliveryResult{});
    const std::jthread taker{[&] {
        Batch batch;
        queues.take(batch, std::chrono::milliseconds::max());
        queues.settle();
    }};
    EXPECT_TRUE(queues.awaitSettled(std::chrono::seconds{30}));
}

} // namespace
} // namespace hookgate::store
