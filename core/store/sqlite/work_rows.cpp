#include "core/store/sqlite/work_rows.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::store::sqlite {
namespace {

constexpr std::int64_t kDelivered = 1;
constexpr std::int64_t kRetry = 2;
constexpr std::int64_t kEnded = 3;

std::int64_t outcomeOf(const domain::DeliveryResult& result) noexcept {
    switch (result.outcome) {
        case domain::DeliveryOutcome::Delivered:
            return kDelivered;
        case domain::DeliveryOutcome::Retry:
            return kRetry;
        default:
            return kEnded;
    }
}

Total totalOf(std::int64_t outcome) noexcept {
    if (outcome == kDelivered) return Total::AttemptsDelivered;
    return outcome == kRetry ? Total::AttemptsRetry : Total::AttemptsFailed;
}

} // namespace

WorkRows::WorkRows(const Database& database, Counters& counters, WorkTable& table,
                   ReplayRows& replays, base::UuidGenerator& ids, const base::Clock& clock)
    : counters_{counters},
      table_{table},
      replays_{replays},
      ids_{ids},
      clock_{clock},
      insert_attempt_{
          database,
          "INSERT INTO attempt (id, rest, event, integration, attempt_no, generation, outcome, "
          "http_status, duration_ms, error, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      event_{database,
             "SELECT e.rest, e.type, e.subject, e.external_id, e.payload, e.occurred_at, "
             "w.correlation_id, w.received_at, e.test "
             "FROM event e JOIN webhook w ON w.id = e.webhook WHERE e.id = ?"} {}

std::optional<WorkRow> WorkRows::leased(const domain::WorkRef& ref) {
    auto row = table_.find(RowId::of(ref.event_id).id);
    const bool own = row && row->state == WorkState::Leased && row->generation == ref.generation &&
                     row->claim == ref.claim;
    return own ? row : std::nullopt;
}

bool WorkRows::finish(const domain::DeliveryResult& result) {
    const auto before = table_.find(RowId::of(result.ref.event_id).id);
    if (!before || before->generation != result.ref.generation) return false;
    const bool own = before->state == WorkState::Leased && before->claim == result.ref.claim;
    const bool delivered = result.outcome == domain::DeliveryOutcome::Delivered;
    // A success counts whoever reports it: the callback has said 2xx, and another send could only
    // repeat it.
    if (!own && !delivered) return false;

    auto row = *before;
    // A successor has recorded this send as unknown under its number: it gets the next one.
    row.attempts =
        own ? std::max<std::int64_t>(result.attempt_no, row.attempts + 1) : row.attempts + 1;
    ++row.sends;
    row.unknown = 0;
    insertAttempt(row, row.attempts, outcomeOf(result), result);
    if (result.outcome == domain::DeliveryOutcome::Retry && !row.replay_next) {
        row.state = WorkState::Due;
        row.due_at = result.retry_at;
        table_.update(*before, row);
    } else {
        endGeneration(*before, row, delivered);
    }
    return true;
}

void WorkRows::insertAttempt(const WorkRow& row, std::int64_t attempt_no, std::int64_t outcome,
                             const domain::DeliveryResult& result) {
    const auto id = RowId::of(ids_.next());
    insert_attempt_.bind(id.id).bind(id.rest).bind(row.event).bind(row.integration);
    insert_attempt_.bind(attempt_no).bind(row.generation).bind(outcome).bind(result.http_status);
    insert_attempt_.bind(result.duration_ms).bindText(result.error_message);
    insert_attempt_.bindBlob(result.response_body).run();
    counters_.add(totalOf(outcome), 0, 1);
}

void WorkRows::endGeneration(const WorkRow& before, WorkRow& row, bool delivered) {
    replays_.finished(row.event, row.generation, delivered);
    if (row.replay_next) {
        row.beginGeneration(clock_.unixMs());
        table_.update(before, row);
        replays_.dispatched(row.event, row.generation);
    } else if (delivered) {
        table_.remove(before);
    } else {
        row.state = WorkState::Failed;
        row.due_at = clock_.unixMs();
        table_.update(before, row);
    }
}

bool WorkRows::recordUnknown(WorkRow& row) {
    const auto before = row;
    domain::DeliveryResult lost;
    lost.error_message = "outcome unknown: the gateway stopped before it recorded the answer";
    ++row.attempts;
    ++row.unknown;
    const bool last = row.unknown >= kUnknownOutcomesMax;
    insertAttempt(row, row.attempts, last && !row.replay_next ? kEnded : kRetry, lost);
    // With a replay waiting, the flight has ended as far as anybody will ever know.
    if (last || row.replay_next) endGeneration(before, row, false);
    return row.state != WorkState::Failed;
}

void WorkRows::claim(std::int64_t integration_no, const ClaimRequest& request,
                     std::chrono::milliseconds lease, std::vector<domain::WorkItem>& claimed) {
    // Read first: the holder must not believe in its lease for longer than the store does.
    const auto expires = clock_.bootMs() + lease.count();
    const auto now = clock_.unixMs();
    for (const auto& found : table_.due(integration_no, now, request.free_slots)) {
        auto row = found;
        if (row.state == WorkState::Leased && !recordUnknown(row)) continue;
        // What the table has by now: another generation when a replay has begun.
        const auto before = row.generation == found.generation ? found : row;
        ++row.claim;
        row.state = WorkState::Leased;
        row.due_at = now + lease.count();
        domain::WorkItem item;
        if (!fill(row, item)) {
            // One broken row must not keep the others from being claimed.
            table_.remove(before);
            continue;
        }
        table_.update(before, row);
        item.integration_id = request.integration_id;
        item.lease_expires = expires;
        claimed.push_back(std::move(item));
    }
}

bool WorkRows::fill(const WorkRow& row, domain::WorkItem& item) {
    const Use event{event_};
    if (!event->bind(row.event).step()) return false;
    item.ref = {RowId{row.event, event->integer(0)}.uuid(),
                static_cast<std::int32_t>(row.generation), row.claim};
    item.type = event->bytes(1);
    item.subject = event->bytes(2);
    item.external_id = event->bytes(3);
    item.payload = event->bytes(4);
    item.occurred_at = event->integer(5);
    item.correlation_id = event->bytes(6);
    item.received_at = event->integer(7);
    item.test = event->integer(8) != 0;
    item.attempts = static_cast<std::int32_t>(row.attempts);
    item.sends = static_cast<std::int32_t>(row.sends - row.forgiven);
    return true;
}

std::optional<std::int64_t> WorkRows::renew(const domain::WorkRef& ref,
                                            std::chrono::milliseconds lease) {
    const auto before = leased(ref);
    if (!before) return std::nullopt;
    auto row = *before;
    ++row.claim;
    row.due_at = clock_.unixMs() + lease.count();
    table_.update(*before, row);
    return row.claim;
}

void WorkRows::release(const domain::WorkRef& ref) {
    const auto before = leased(ref);
    if (!before) return;
    auto row = *before;
    if (row.replay_next) {
        // Nothing was sent, so nothing is left of the flight that the replay waited for.
        endGeneration(*before, row, false);
        return;
    }
    row.state = WorkState::Due;
    row.due_at = clock_.unixMs();
    table_.update(*before, row);
}

} // namespace hookgate::store::sqlite
