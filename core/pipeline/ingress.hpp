#pragma once

#include "core/base/log.hpp"
#include "core/http/message.hpp"
#include "core/pipeline/arrival_queue.hpp"
#include "core/pipeline/intake.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace hookgate::pipeline {

// The handler of POST /webhooks/:provider: a bounded queue between the I/O threads and the workers
// that run the intake. A full queue, or a provider's full share of it, answers 503 at once instead
// of letting senders wait.
class Ingress final : public http::Handler {
public:
    struct Options {
        int workers = 1;
        std::size_t queue_capacity = 4096;
    };

    // The intake outlives the ingress.
    Ingress(Options options, Intake& intake, base::Log& log);
    ~Ingress() override; // as stop()

    void handle(std::unique_ptr<http::Request> request, http::Completion completion) override;

    // Works off what is queued, then ends the workers. Later requests are answered 503.
    void stop() noexcept;

private:
    void work();

    Intake& intake_;
    base::Log& log_;
    ArrivalQueue queue_;
    std::vector<std::jthread> workers_;
};

} // namespace hookgate::pipeline
