#include "core/store/event_jobs.hpp"

#include <string>

namespace hookgate::store {
namespace {

JobRow jobOf(const EventRow& event, std::int64_t number, const Generation& generation,
             std::optional<std::int64_t> current) {
    JobRow job;
    job.replay = number > 0;
    job.attempts = static_cast<std::int32_t>(generation.attempts);
    job.created_at = event.created_at;
    // A request may also have joined the first delivery while that was waiting.
    if (job.replay && !generation.request.isNil()) {
        job.id = generation.request;
        job.created_at = timeOf(generation.request);
    } else {
        job.id = base::Uuid::derived("job:" + event.id.text() + ':' + std::to_string(number));
    }
    if (current && number > *current) {
        job.status = domain::EventStatus::Pending;
    } else if (current && number == *current) {
        job.status = event.status;
    } else {
        job.status =
            generation.delivered ? domain::EventStatus::Processed : domain::EventStatus::Failed;
    }
    const bool finished =
        job.status == domain::EventStatus::Processed || job.status == domain::EventStatus::Failed;
    if (finished) job.finished_at = generation.last_attempt_at;
    return job;
}

} // namespace

std::vector<JobRow> jobsOf(const EventRow& event, const Generations& generations,
                           std::optional<std::int64_t> current) {
    auto all = generations;
    all.try_emplace(0);
    if (current) all.try_emplace(*current);
    std::vector<JobRow> jobs;
    for (const auto& [number, generation] : all)
        jobs.push_back(jobOf(event, number, generation, current));
    return jobs;
}

domain::EventStatus statusOf(std::int64_t work_state, std::int64_t tries) noexcept {
    switch (work_state) {
        case 0:
            return tries > 0 ? domain::EventStatus::Retrying : domain::EventStatus::Pending;
        case 1:
            return domain::EventStatus::Processing;
        default:
            return domain::EventStatus::Failed;
    }
}

} // namespace hookgate::store
