#include "core/store/sqlite/event_jobs.hpp"

#include "core/store/event_jobs.hpp"
#include "core/store/sqlite/row_reading.hpp"

namespace hookgate::store::sqlite {
namespace {

constexpr std::int64_t kDelivered = 1;

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
        generation.last_attempt_at = timeOf(select.integer(3));
    }
}

void addReplays(const Database& database, std::int64_t event_id, Generations& generations) {
    Statement select{database,
                     "SELECT generation, min(id), rest FROM replay_request WHERE event = ? "
                     "GROUP BY generation"};
    select.bind(event_id);
    while (select.step())
        generations[select.integer(0)].request = RowId{select.integer(1), select.integer(2)}.uuid();
}

// The generation that is being worked on or has failed; nullopt: all is done.
std::optional<std::int64_t> currentGeneration(const Database& database, std::int64_t event_id) {
    Statement select{database, "SELECT generation FROM work WHERE event = ?"};
    if (!select.bind(event_id).step()) return std::nullopt;
    return select.integer(0);
}

} // namespace

std::vector<JobRow> readJobs(const Database& database, std::int64_t event_id,
                             const EventRow& event) {
    const auto current = currentGeneration(database, event_id);
    Generations generations;
    addAttempts(database, event_id, generations);
    addReplays(database, event_id, generations);
    return jobsOf(event, generations, current);
}

} // namespace hookgate::store::sqlite
