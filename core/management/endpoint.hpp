#pragma once

#include "core/http/message.hpp"
#include "core/management/workers.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace hookgate::management {

// What a route does with a request, as a function of it. Any number of threads at once.
using Action = std::function<http::Reply(const http::Request& request)>;

// Answers on the I/O thread: for actions that never block.
class DirectEndpoint final : public http::Handler {
public:
    explicit DirectEndpoint(Action action) : action_{std::move(action)} {}

    void handle(std::unique_ptr<http::Request> request, http::Completion completion) override {
        completion.reply(action_(*request));
    }

private:
    const Action action_;
};

// Answers on a worker: for actions that wait for the database. The workers outlive it.
class WorkerEndpoint final : public http::Handler {
public:
    WorkerEndpoint(Workers& workers, Action action)
        : workers_{workers},
          action_{std::move(action)} {}

    void handle(std::unique_ptr<http::Request> request, http::Completion completion) override {
        workers_.submit({std::move(request), std::move(completion), &action_});
    }

private:
    Workers& workers_;
    const Action action_;
};

} // namespace hookgate::management
