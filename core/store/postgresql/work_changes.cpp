#include "core/store/postgresql/work_changes.hpp"

#include <algorithm>
#include <string_view>

namespace hookgate::store::postgresql {
namespace {

constexpr std::int16_t kDelivered = 1;
constexpr std::int16_t kRetry = 2;
constexpr std::int16_t kEnded = 3;

// Of each integration the oldest that are due, and what a delivery needs to know of them. OFFSET 0
// keeps each look-up one by key.
constexpr Statement kClaim{
    "work_claim",
    "SELECT w.event, w.due_at, w.claim, w.started_at, w.integration, w.generation, w.attempts, "
    "w.sends, w.forgiven, w.unknown, w.state, w.replay_next, w.watched, i.id, e.type, e.subject, "
    "e.external_id, e.payload, e.occurred_at, h.correlation_id, h.received_at, e.test "
    "FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY r(integration, slots, place) "
    "JOIN integration i ON i.id = r.integration "
    "CROSS JOIN LATERAL (SELECT * FROM work WHERE integration = i.no AND state < 2 "
    "AND due_at <= $3::bigint ORDER BY due_at LIMIT r.slots FOR UPDATE SKIP LOCKED) w "
    "LEFT JOIN LATERAL (SELECT * FROM event WHERE id = w.event OFFSET 0) e ON true "
    "LEFT JOIN LATERAL (SELECT * FROM webhook WHERE id = e.webhook OFFSET 0) h ON true "
    "ORDER BY r.place, w.due_at"};

std::int16_t outcomeOf(const domain::DeliveryResult& result) noexcept {
    switch (result.outcome) {
        case domain::DeliveryOutcome::Delivered:
            return kDelivered;
        case domain::DeliveryOutcome::Retry:
            return kRetry;
        default:
            return kEnded;
    }
}

domain::WorkItem itemOf(const Result& found, int at, const WorkRow& row) {
    constexpr int kFirst = kWorkColumnCount;
    domain::WorkItem item;
    item.ref = {row.event, row.generation, row.claim};
    item.integration_id = found.uuid(at, kFirst);
    item.type = found.bytes(at, kFirst + 1);
    item.subject = found.bytes(at, kFirst + 2);
    item.external_id = found.bytes(at, kFirst + 3);
    item.payload = found.bytes(at, kFirst + 4);
    item.occurred_at = found.integer(at, kFirst + 5);
    item.correlation_id = found.bytes(at, kFirst + 6);
    item.received_at = found.integer(at, kFirst + 7);
    item.test = found.boolean(at, kFirst + 8);
    item.attempts = row.attempts;
    item.sends = row.sends - row.forgiven;
    return item;
}

} // namespace

std::vector<domain::WorkItem> WorkChanges::claim(std::span<const ClaimRequest> requests,
                                                 std::chrono::milliseconds lease) {
    // Read before the rows are: the holder must not believe in its lease for longer than the store
    // does.
    const auto expires = table_.context().clock.bootMs() + lease.count();
    Array integrations{Type::Uuid};
    Array slots{Type::Int8};
    for (const auto& request : requests) {
        integrations.add(request.integration_id);
        slots.add(static_cast<std::int64_t>(request.free_slots));
    }
    const auto found = table_.connection().run(
        kClaim, Parameters{}.add(std::move(integrations)).add(std::move(slots)).add(table_.now()));
    std::vector<WorkRow> rows;
    std::vector<domain::WorkItem> items;
    for (int i = 0; i < found.rows(); ++i) {
        auto row = readWork(found, i);
        // One broken row must not keep the others from being claimed.
        if (found.isNull(i, kWorkColumnCount + 5)) {
            table_.remove(row.event);
            continue;
        }
        if (row.state == WorkState::Leased && !recordUnknown(row)) {
            rows.push_back(row);
            continue;
        }
        ++row.claim;
        row.state = WorkState::Leased;
        row.due_at = table_.now() + lease.count();
        rows.push_back(row);
        items.push_back(itemOf(found, i, row));
        items.back().lease_expires = expires;
    }
    table_.update(rows);
    table_.flush();
    return items;
}

bool WorkChanges::recordUnknown(WorkRow& row) {
    domain::DeliveryResult lost;
    lost.error_message = "outcome unknown: the gateway stopped before it recorded the answer";
    ++row.attempts;
    ++row.unknown;
    const bool last = row.unknown >= kUnknownOutcomesMax;
    table_.addAttempt(row, last && !row.replay_next ? kEnded : kRetry, lost);
    // With a replay waiting, the flight has ended as far as anybody will ever know.
    if (last || row.replay_next) endGeneration(row, false);
    return row.state != WorkState::Failed;
}

bool WorkChanges::endGeneration(WorkRow& row, bool delivered) {
    replays_.finished(row, delivered);
    if (row.replay_next) {
        row.beginGeneration(table_.now());
        replays_.dispatched(row);
        return true;
    }
    row.state = WorkState::Failed;
    row.due_at = table_.now();
    row.watched = false;
    return !delivered;
}

bool WorkChanges::finish(const domain::DeliveryResult& result) {
    auto row = table_.find(result.ref.event_id);
    if (!row || row->generation != result.ref.generation) return false;
    const bool own = row->state == WorkState::Leased && row->claim == result.ref.claim;
    const bool delivered = result.outcome == domain::DeliveryOutcome::Delivered;
    // A success counts whoever reports it: the callback has said 2xx, and another send could only
    // repeat it.
    if (!own && !delivered) return false;

    // A successor has recorded this send as unknown under its number: it gets the next one.
    row->attempts = own ? std::max(result.attempt_no, row->attempts + 1) : row->attempts + 1;
    ++row->sends;
    row->unknown = 0;
    table_.addAttempt(*row, outcomeOf(result), result);
    bool kept = true;
    if (result.outcome == domain::DeliveryOutcome::Retry && !row->replay_next) {
        row->state = WorkState::Due;
        row->due_at = table_.now() +
                      std::max<std::int64_t>(result.retry_at - table_.context().clock.unixMs(), 0);
    } else {
        kept = endGeneration(*row, delivered);
    }
    if (kept)
        table_.update({&*row, 1});
    else
        table_.remove(row->event);
    table_.flush();
    return true;
}

void WorkChanges::release(const domain::WorkRef& ref) {
    auto row = table_.find(ref.event_id);
    const bool own = row && row->state == WorkState::Leased && row->generation == ref.generation &&
                     row->claim == ref.claim;
    if (!own) return;
    if (row->replay_next) {
        // Nothing was sent, so nothing is left of the flight that the replay waited for.
        endGeneration(*row, false);
    } else {
        row->state = WorkState::Due;
        row->due_at = table_.now();
    }
    table_.update({&*row, 1});
}

} // namespace hookgate::store::postgresql
