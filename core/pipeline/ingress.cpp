#include "core/pipeline/ingress.hpp"

#include "core/base/thread.hpp"

#include <exception>

namespace hookgate::pipeline {
namespace {

// Enough to share a wake-up, few enough that one worker does not hoard what others could do.
constexpr std::size_t kJobsPerTurn = 32;
constexpr int kOverloadRetryAfterS = 1;

} // namespace

Ingress::Ingress(Options options, Intake& intake, base::Log& log)
    : intake_{intake},
      log_{log},
      queue_{options.queue_capacity} {
    for (int i = 0; i < options.workers; ++i)
        workers_.push_back(base::startThread("ingress-" + std::to_string(i), [this] { work(); }));
}

Ingress::~Ingress() {
    stop();
}

void Ingress::handle(std::unique_ptr<http::Request> request, http::Completion completion) {
    Job job{std::move(request), std::move(completion)};
    if (!queue_.push(std::move(job)))
        job.completion.reply(http::errorReply(http::ErrorCode::DependencyUnavailable,
                                              "the gateway is busy; send it again",
                                              kOverloadRetryAfterS));
}

void Ingress::stop() noexcept {
    queue_.close();
    workers_.clear(); // joins
}

void Ingress::work() {
    std::vector<Job> jobs;
    jobs.reserve(kJobsPerTurn);
    while (queue_.take(jobs, kJobsPerTurn)) {
        for (auto& job : jobs) {
            try {
                intake_.accept(std::move(job.request), std::move(job.completion));
            } catch (const std::exception& e) {
                // The completion answers 500 when it is dropped.
                log_.error("webhook failed", {{"error", e.what()}});
            }
        }
        jobs.clear();
    }
}

} // namespace hookgate::pipeline
