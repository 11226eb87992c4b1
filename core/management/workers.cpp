#include "core/management/workers.hpp"

#include "core/base/thread.hpp"
#include "core/store/event_queries.hpp"
#include "core/store/event_store.hpp"

#include <exception>
#include <string>
#include <utility>

namespace hookgate::management {
namespace {

constexpr int kBusyRetryAfterS = 1;
constexpr int kStoreRetryAfterS = 5;
// A request that has waited this long is about to be answered by its connection: a query for it
// would be work for nobody.
constexpr base::BootMs kPatienceMs = 8000;

http::Reply busy() {
    return http::errorReply(http::ErrorCode::DependencyUnavailable,
                            "too many management requests; try again", kBusyRetryAfterS);
}

} // namespace

Workers::Workers(int count, std::size_t queue_capacity, const base::Clock& clock, base::Log& log)
    : clock_{clock},
      log_{log},
      queue_{queue_capacity} {
    for (int i = 0; i < count; ++i)
        threads_.push_back(base::startThread("manage-" + std::to_string(i), [this] { work(); }));
}

Workers::~Workers() {
    stop();
}

void Workers::submit(Job job) noexcept {
    job.queued_at = clock_.bootMs();
    try {
        if (queue_.push(std::move(job))) return;
        job.completion.reply(busy()); // NOLINT(bugprone-use-after-move): a full queue leaves it
    } catch (const std::exception& e) {
        // The completion answers 500 when it is dropped.
        log_.error("management request dropped", {{"error", e.what()}});
    }
}

void Workers::stop() noexcept {
    queue_.close();
    threads_.clear(); // joins
}

void Workers::work() {
    std::vector<Job> jobs;
    // One at a time: a job may take seconds, and those behind it are for the other workers.
    while (queue_.take(jobs, 1)) {
        for (auto& job : jobs)
            job.completion.reply(run(job));
        jobs.clear();
    }
}

http::Reply Workers::run(const Job& job) {
    if (clock_.bootMs() - job.queued_at > kPatienceMs) return busy();
    try {
        return (*job.action)(*job.request);
    } catch (const store::QueryTimeout&) {
        return http::errorReply(http::ErrorCode::DependencyUnavailable,
                                "the query took too long; narrow the filter", kStoreRetryAfterS);
    } catch (const store::StoreError& e) {
        log_.error("management request failed", {{"path", job.request->path}, {"error", e.what()}});
        return http::errorReply(http::ErrorCode::DependencyUnavailable,
                                "the database is not available", kStoreRetryAfterS);
    } catch (const std::exception& e) {
        log_.error("management request failed", {{"path", job.request->path}, {"error", e.what()}});
        return http::errorReply(http::ErrorCode::Internal, "the request failed");
    }
}

} // namespace hookgate::management
