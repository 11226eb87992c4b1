#include "core/store/sqlite/event_jobs.hpp"

#include "core/store/sqlite/row_reading.hpp"

#include <map>

namespace hookgate::store::sqlite {
namespace {

constexpr std::int64_t kDelivered = 1;

// What the rows tell of one generation.
struct Generation {
    std::int64_t attempts = 0;
    std::int64_t last_attempt = 0;
    bool delivered = false;
    RowId request; // the replay that began it; 0: none is known
};

using Generations = std::map<std::int64_t, Generation>;

void addAttempts(const Database& database, std::int64_t event_id, Generations& generations) {
    // With max(), a column outside of it is that of the row with the highest id.
    Statement select{database,
                     "SELECT generation, count(*), outcome, max(id) FROM attempt "
                     "INDEXED BY attempt_event WHERE event = ? GROUP BY generation"};
    select.bind(event_id);
    while (select.step()) {
        auto& generation = generations[select.integer(0)];
        generation.attempts = select.integer(1);
        generation.delivered = select.integer(2) == kDelivered;
        generation.last_attempt = select.integer(3);
    }
}

void addReplays(const Database& database, std::int64_t event_id, Generations& generations) {
    Statement select{database,
                     "SELECT generation, min(id), rest FROM replay_request WHERE event = ? "
                     "GROUP BY generation"};
    select.bind(event_id);
    while (select.step())
        generations[select.integer(0)].request = {select.integer(1), select.integer(2)};
}

// The generation that is being worked on or has failed; nullopt: all is done.
std::optional<std::int64_t> currentGeneration(const Database& database, std::int64_t event_id) {
    Statement select{database, "SELECT generation FROM work WHERE event = ?"};
    if (!select.bind(event_id).step()) return std::nullopt;
    return select.integer(0);
}

JobRow jobOf(const EventRow& event, std::int64_t number, const Generation& generation,
             std::optional<std::int64_t> current) {
    JobRow job;
    job.replay = number > 0;
    job.attempts = static_cast<std::int32_t>(generation.attempts);
    job.created_at = event.created_at;
    // A request may also have joined the first delivery while that was waiting.
    if (job.replay && generation.request.id != 0) {
        job.id = generation.request.uuid();
        job.created_at = timeOf(generation.request.id);
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
    if (finished && generation.last_attempt != 0) job.finished_at = timeOf(generation.last_attempt);
    return job;
}

} // namespace

std::vector<JobRow> readJobs(const Database& database, std::int64_t event_id,
                             const EventRow& event) {
    const auto current = currentGeneration(database, event_id);
    Generations generations{{0, {}}};
    if (current) generations[*current];
    addAttempts(database, event_id, generations);
    addReplays(database, event_id, generations);
    std::vector<JobRow> jobs;
    for (const auto& [number, generation] : generations)
        jobs.push_back(jobOf(event, number, generation, current));
    return jobs;
}

} // namespace hookgate::store::sqlite
