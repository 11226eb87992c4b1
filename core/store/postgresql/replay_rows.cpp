#include "core/store/postgresql/replay_rows.hpp"

#include "core/base/json_writer.hpp"
#include "core/store/postgresql/audit_rows.hpp"

#include <utility>

namespace hookgate::store::postgresql {
namespace {

constexpr int kRoundsMax = 5;

constexpr Statement kEvent{"replay_event", "SELECT integration FROM event WHERE id = $1::uuid"};

constexpr Statement kHistory{
    "replay_history",
    "SELECT coalesce(max(attempt_no), 0), coalesce(max(generation), 0) FROM attempt "
    "WHERE event = $1::uuid"};

constexpr Statement kInsert{
    "replay_insert",
    "INSERT INTO replay_request (id, event, dispatched_at, finished_at, generation, requested_by, "
    "reason, key_name) VALUES ($1::uuid, $2::uuid, $3::bigint, 0, $4::integer, $5::bytea, "
    "$6::bytea, $7::bytea)"};

constexpr Statement kDispatched{
    "replay_dispatched",
    "UPDATE replay_request SET dispatched_at = $3::bigint WHERE event = $1::uuid "
    "AND generation = $2::integer AND finished_at = 0 RETURNING id, requested_by, reason, "
    "key_name"};

constexpr Statement kFinished{
    "replay_finished",
    "UPDATE replay_request SET finished_at = $3::bigint WHERE event = $1::uuid "
    "AND generation = $2::integer AND finished_at = 0 RETURNING id, requested_by, reason, "
    "key_name"};

} // namespace

std::optional<ReplayReceipt> ReplayRows::request(const domain::ReplayCommand& command) {
    auto& connection = work_.connection();
    const auto event = connection.run(kEvent, Parameters{}.add(command.event_id));
    if (event.rows() == 0) return std::nullopt;

    ReplayReceipt receipt{.replay_request_id = work_.context().ids.next()};
    const auto generation =
        schedule(command.event_id, static_cast<std::int32_t>(event.integer(0, 0)), receipt.due_now);
    connection.run(kInsert, Parameters{}
                                .add(receipt.replay_request_id)
                                .add(command.event_id)
                                .add(receipt.due_now ? work_.now() : 0)
                                .add(generation)
                                .add(std::string_view{command.requested_by})
                                .add(std::string_view{command.reason})
                                .add(std::string_view{command.key_name}));
    const Request request{receipt.replay_request_id, command.requested_by, command.reason,
                          command.key_name};
    audit(request, command.event_id, "replay.requested", false);
    if (receipt.due_now) audit(request, command.event_id, "replay.dispatched", true);
    return receipt;
}

std::int32_t ReplayRows::schedule(const base::Uuid& event, std::int32_t integration,
                                  bool& due_now) {
    for (int round = 0; round < kRoundsMax; ++round) {
        auto row = work_.find(event);
        due_now = !row || row->state != WorkState::Leased;
        if (!row) {
            if (const auto generation = restart(event, integration)) return *generation;
            continue;
        }
        if (row->state == WorkState::Leased) {
            row->replay_next = true;
            work_.update({&*row, 1});
            return row->generation + 1;
        }
        if (row->state == WorkState::Failed) {
            row->beginGeneration(work_.now());
        } else {
            // It goes on in its generation. What was sent stays counted, but none of it is held
            // against the event any longer.
            row->due_at = work_.now();
            row->sends += std::exchange(row->unknown, std::int16_t{0});
            row->forgiven = row->sends;
        }
        row->watched = true;
        work_.update({&*row, 1});
        return row->generation;
    }
    throw DatabaseError{"the event changes too often", "40001", false};
}

// A processed event has no work row: its numbers go on from its attempts.
std::optional<std::int32_t> ReplayRows::restart(const base::Uuid& event, std::int32_t integration) {
    const auto history = work_.connection().run(kHistory, Parameters{}.add(event));
    WorkRow row;
    row.event = event;
    row.due_at = work_.now();
    row.claim = kFirstClaim;
    row.started_at = work_.now();
    row.integration = integration;
    row.attempts = static_cast<std::int32_t>(history.integer(0, 0));
    row.generation = static_cast<std::int32_t>(history.integer(0, 1)) + 1;
    row.watched = true;
    if (!work_.insert(row)) return std::nullopt;
    return row.generation;
}

void ReplayRows::dispatched(const WorkRow& row) {
    const auto requests = work_.connection().run(
        kDispatched, Parameters{}.add(row.event).add(row.generation).add(work_.now()));
    auditEach(requests, row.event, "replay.dispatched", true);
}

void ReplayRows::finished(const WorkRow& row, bool delivered) {
    if (!row.watched) return;
    const auto requests = work_.connection().run(
        kFinished, Parameters{}.add(row.event).add(row.generation).add(work_.now()));
    auditEach(requests, row.event, delivered ? "replay.completed" : "replay.failed", false);
}

void ReplayRows::auditEach(const Result& requests, const base::Uuid& event, std::string_view action,
                           bool about_event) {
    for (int i = 0; i < requests.rows(); ++i)
        audit({requests.uuid(i, 0), std::string{requests.bytes(i, 1)},
               std::string{requests.bytes(i, 2)}, std::string{requests.bytes(i, 3)}},
              event, action, about_event);
}

void ReplayRows::audit(const Request& request, const base::Uuid& event, std::string_view action,
                       bool about_event) {
    base::JsonWriter details;
    details.beginObject()
        .key("eventId")
        .string(event.text())
        .key("replayRequestId")
        .string(request.id.text());
    details.key("reason").string(request.reason).key("key").string(request.key_name).endObject();
    domain::AuditEntry entry{.id = {},
                             .entity_type = about_event ? "normalized_event" : "replay_request",
                             .entity_id = about_event ? event.text() : request.id.text(),
                             .action = std::string{action},
                             .actor = request.requested_by,
                             .details_json = details.text(),
                             .created_at = 0};
    insertAudit(work_.connection(), work_.context(), {&entry, 1});
}

} // namespace hookgate::store::postgresql
