#include "core/management/workers.hpp"

#include "core/management/endpoint.hpp"
#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

#include <future>

namespace hookgate::management::test {
namespace {

class ManagementWorkers : public ::testing::Test {
protected:
    void ask(http::Handler& endpoint, std::uint64_t ticket) {
        endpoint.handle(std::make_unique<http::Request>(), http::Completion{sink_, ticket});
    }

    FakeClock clock_;
    SilentLog log_;
    std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
};

TEST_F(ManagementWorkers, AnswerAwayFromTheCallersThread) {
    Workers workers{2, 8, clock_, log_};
    std::promise<std::thread::id> ran_on;
    WorkerEndpoint endpoint{workers, [&](const http::Request&) {
                                ran_on.set_value(std::this_thread::get_id());
                                return http::dataReply(200, "1");
                            }};
    ask(endpoint, 1);
    EXPECT_NE(ran_on.get_future().get(), std::this_thread::get_id());
    EXPECT_EQ(sink_->await(1)->body, http::dataReply(200, "1").body);
}

TEST_F(ManagementWorkers, AnswerEveryFailureWithItsCode) {
    Workers workers{1, 8, clock_, log_};
    WorkerEndpoint slow{workers,
                        [](const http::Request&) -> http::Reply { throw store::QueryTimeout{}; }};
    WorkerEndpoint down{workers, [](const http::Request&) -> http::Reply {
                            throw store::StoreError{"disk full at /var/secret", true};
                        }};
    WorkerEndpoint broken{workers, [](const http::Request&) -> http::Reply {
                              throw std::logic_error{"a detail for nobody"};
                          }};
    ask(slow, 1);
    ask(down, 2);
    ask(broken, 3);
    const auto too_slow = sink_->await(1);
    ASSERT_TRUE(too_slow);
    EXPECT_EQ(too_slow->status, 503);
    EXPECT_NE(too_slow->body.find("narrow the filter"), std::string::npos);
    EXPECT_FALSE(headerOf(*too_slow, "Retry-After").empty());
    const auto without_store = sink_->await(2);
    ASSERT_TRUE(without_store);
    EXPECT_EQ(without_store->status, 503);
    EXPECT_FALSE(headerOf(*without_store, "Retry-After").empty());
    EXPECT_EQ(without_store->body.find("/var"), std::string::npos);
    const auto failed = sink_->await(3);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->status, 500);
    EXPECT_EQ(failed->body.find("nobody"), std::string::npos);
    workers.stop();
    EXPECT_EQ(log_.lines, 2);
}

TEST_F(ManagementWorkers, RefuseWhatTheQueueCannotHold) {
    Workers workers{1, 1, clock_, log_};
    std::promise<void> running;
    std::promise<void> go_on;
    auto may_go_on = go_on.get_future().share();
    std::atomic<int> runs = 0;
    WorkerEndpoint endpoint{workers, [&](const http::Request&) {
                                if (runs++ == 0) running.set_value();
                                may_go_on.wait();
                                return http::dataReply(200, "1");
                            }};
    ask(endpoint, 1);
    running.get_future().wait();
    ask(endpoint, 2); // waits
    ask(endpoint, 3); // one too many
    const auto refused = sink_->await(3);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503);
    EXPECT_FALSE(headerOf(*refused, "Retry-After").empty());
    go_on.set_value();
    EXPECT_EQ(sink_->await(1)->status, 200);
    EXPECT_EQ(sink_->await(2)->status, 200);
    EXPECT_EQ(runs, 2);
}

TEST_F(ManagementWorkers, DoNotWorkForRequestsThatWereGivenUp) {
    Workers workers{1, 8, clock_, log_};
    std::promise<void> running;
    std::promise<void> go_on;
    std::atomic<int> late_runs = 0;
    WorkerEndpoint first{workers, [&](const http::Request&) {
                             running.set_value();
                             go_on.get_future().wait();
                             return http::dataReply(200, "1");
                         }};
    WorkerEndpoint second{workers, [&](const http::Request&) {
                              ++late_runs;
                              return http::dataReply(200, "1");
                          }};
    ask(first, 1);
    running.get_future().wait();
    ask(second, 2);
    clock_.boot_ms += 9000;
    go_on.set_value();
    const auto late = sink_->await(2);
    ASSERT_TRUE(late);
    EXPECT_EQ(late->status, 503);
    EXPECT_EQ(late_runs, 0);
}

TEST_F(ManagementWorkers, RefuseAfterTheyWereStopped) {
    Workers workers{1, 8, clock_, log_};
    WorkerEndpoint endpoint{workers,
                            [](const http::Request&) { return http::dataReply(200, "1"); }};
    workers.stop();
    ask(endpoint, 1);
    const auto reply = sink_->await(1);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
}

} // namespace
} // namespace hookgate::management::test
