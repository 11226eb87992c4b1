#include "core/store/postgresql/event_jobs.hpp"

#include "core/store/event_jobs.hpp"

namespace hookgate::store::postgresql {
namespace {

constexpr std::int64_t kDelivered = 1;

void addAttempts(Snapshot& snapshot, const Parameters& event, Generations& generations) {
    const auto found = snapshot.query(
        "SELECT generation, count(*), (array_agg(outcome ORDER BY attempt_no DESC))[1], "
        "(array_agg(id ORDER BY attempt_no DESC))[1] FROM attempt WHERE event = $1::uuid "
        "GROUP BY generation",
        event);
    for (int i = 0; i < found.rows(); ++i) {
        auto& generation = generations[found.integer(i, 0)];
        generation.attempts = found.integer(i, 1);
        generation.delivered = found.integer(i, 2) == kDelivered;
        generation.last_attempt_at = timeOf(found.uuid(i, 3));
    }
}

void addReplays(Snapshot& snapshot, const Parameters& event, Generations& generations) {
    const auto found = snapshot.query(
        "SELECT DISTINCT ON (generation) generation, id FROM replay_request "
        "WHERE event = $1::uuid ORDER BY generation, id",
        event);
    for (int i = 0; i < found.rows(); ++i)
        generations[found.integer(i, 0)].request = found.uuid(i, 1);
}

} // namespace

std::vector<JobRow> readJobs(Snapshot& snapshot, const EventRow& event) {
    Parameters id;
    id.add(event.id);
    const auto work = snapshot.query("SELECT generation FROM work WHERE event = $1::uuid", id);
    const auto current =
        work.rows() > 0 ? std::optional<std::int64_t>{work.integer(0, 0)} : std::nullopt;
    Generations generations;
    addAttempts(snapshot, id, generations);
    addReplays(snapshot, id, generations);
    return jobsOf(event, generations, current);
}

} // namespace hookgate::store::postgresql
