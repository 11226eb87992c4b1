#pragma once

#include "core/http/server.hpp"
#include "tests/unit/http/peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace hookgate::http::test {

// Polls `condition` until it holds or `patience` runs out.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

// Answers with the body it got.
class EchoHandler final : public Handler {
public:
    void handle(std::unique_ptr<Request> request, Completion completion) override {
        Reply reply;
        reply.body = std::move(request->body);
        reply.content_type = "text/plain";
        completion.reply(std::move(reply));
    }
};

class CountingHandler final : public Handler {
public:
    void handle(std::unique_ptr<Request>, Completion completion) override {
        ++calls;
        completion.reply(Reply{});
    }

    std::atomic<int> calls{0};
};

// Keeps requests until the test answers them.
class ParkingHandler final : public Handler {
public:
    struct Parked {
        std::unique_ptr<Request> request;
        Completion completion;
    };

    void handle(std::unique_ptr<Request> request, Completion completion) override {
        const std::lock_guard lock{mutex_};
        parked_.push_back({std::move(request), std::move(completion)});
        ++arrived_;
        changed_.notify_all();
    }

    // The oldest one; throws when none comes.
    Parked take() {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, kPatience, [this] { return !parked_.empty(); }))
            throw std::runtime_error{"no request arrived"};
        auto parked = std::move(parked_.front());
        parked_.pop_front();
        return parked;
    }

    bool waitForArrivals(std::size_t count) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, kPatience, [&] { return arrived_ >= count; });
    }

    std::size_t arrived() const {
        const std::lock_guard lock{mutex_};
        return arrived_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Parked> parked_;
    std::size_t arrived_ = 0;
};

class BigHandler final : public Handler {
public:
    static constexpr std::size_t kBytes = 1024 * 1024;

    void handle(std::unique_ptr<Request>, Completion completion) override {
        ++calls;
        Reply reply;
        reply.body.assign(kBytes, 'x');
        completion.reply(std::move(reply));
    }

    std::atomic<int> calls{0};
};

class ThrowingHandler final : public Handler {
public:
    void handle(std::unique_ptr<Request>, Completion) override {
        throw std::runtime_error{"as the test wants it"};
    }
};

class KeyAuthorizer final : public Authorizer {
public:
    bool authorized(const Request& request) noexcept override {
        return request.header("x-internal-api-key") == "key";
    }
};

class RecordingObserver final : public Observer {
public:
    void rejected(std::string_view reason, std::string_view) noexcept override {
        const std::lock_guard lock{mutex_};
        ++rejections_[std::string{reason}];
    }

    void answered(int) noexcept override { ++answers; }

    int rejections(const std::string& reason) const {
        const std::lock_guard lock{mutex_};
        const auto found = rejections_.find(reason);
        return found == rejections_.end() ? 0 : found->second;
    }

    std::atomic<int> answers{0};

private:
    mutable std::mutex mutex_;
    std::map<std::string, int> rejections_;
};

inline constexpr std::string_view kGetOk = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr std::string_view kGetParked = "GET /parked HTTP/1.1\r\nHost: a\r\n\r\n";

inline std::string postOf(std::string_view path, std::string_view body) {
    std::string request{"POST "};
    request.append(path).append(" HTTP/1.1\r\nHost: a\r\nContent-Length: ");
    request.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return request;
}

inline Reply replyOf(std::string body) {
    Reply reply;
    reply.body = std::move(body);
    return reply;
}

// A real server on a free port, with a route for each of the handlers above.
class EdgeTest : public ::testing::Test {
protected:
    EdgeTest() {
        options_.body_bytes_max = 64 * 1024;
        for (const char* method : {"GET", "POST"})
            router_.add({method, "/ok", Access::Public, &echo_});
        router_.add({"*", "/canary", Access::Public, &canary_});
        router_.add({"POST", "/keyed", Access::Key, &canary_});
        router_.add({"*", "/parked", Access::Public, &parking_, std::chrono::seconds{30}});
        router_.add({"*", "/impatient", Access::Public, &parking_, std::chrono::milliseconds{50}});
        router_.add({"GET", "/big", Access::Public, &big_});
        router_.add({"GET", "/throwing", Access::Public, &throwing_});
    }

    void start() {
        server_.emplace(options_, router_, authorizer_, observer_);
        server_->start();
    }

    Peer connect() { return Peer{server_->port()}; }

    EchoHandler echo_;
    CountingHandler canary_;
    ParkingHandler parking_;
    BigHandler big_;
    ThrowingHandler throwing_;
    KeyAuthorizer authorizer_;
    RecordingObserver observer_;
    Router router_;
    ServerOptions options_;
    std::optional<Server> server_;
};

} // namespace hookgate::http::test
