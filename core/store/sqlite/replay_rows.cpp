#include "core/store/sqlite/replay_rows.hpp"

#include "core/base/json_writer.hpp"

#include <vector>

namespace hookgate::store::sqlite {
namespace {

constexpr std::int64_t kDue = 0;
constexpr std::int64_t kLeased = 1;

} // namespace

ReplayRows::ReplayRows(Database& database, AuditRows& audit, base::UuidGenerator& ids,
                       const base::Clock& clock)
    : audit_{audit},
      ids_{ids},
      clock_{clock},
      event_{database, "SELECT rest, integration FROM event WHERE id = ?"},
      work_{database, "SELECT state, generation FROM work WHERE event = ?"},
      wait_{database, "UPDATE work SET replay_next = 1 WHERE event = ?"},
      due_now_{database, "UPDATE work SET due_at = ?, sends = 0, unknown = 0 WHERE event = ?"},
      next_generation_{database,
                       "UPDATE work SET due_at = ?, state = 0, generation = generation + 1, "
                       "claim = claim + 1, sends = 0, unknown = 0, started_at = ? WHERE event = ?"},
      history_{database,
               "SELECT coalesce(max(attempt_no), 0), coalesce(max(generation), 0) FROM attempt "
               "WHERE event = ?"},
      insert_work_{database,
                   "INSERT INTO work (event, integration, due_at, state, generation, claim, "
                   "attempts, sends, "
                   "unknown, replay_next, started_at) VALUES (?, ?, ?, 0, ?, ?, ?, 0, 0, 0, ?)"},
      insert_{database,
              "INSERT INTO replay_request (id, rest, event, generation, requested_by, reason, "
              "key_name, "
              "dispatched_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"},
      open_{database,
            "SELECT id, rest, requested_by, reason, key_name FROM replay_request "
            "WHERE event = ? AND generation = ? AND finished_at = 0"},
      mark_dispatched_{database, "UPDATE replay_request SET dispatched_at = ? WHERE id = ?"},
      mark_finished_{database, "UPDATE replay_request SET finished_at = ? WHERE id = ?"} {}

bool ReplayRows::exists(const RowId& event) {
    const Use found{event_};
    return found->bind(event.id).step() && found->integer(0) == event.rest;
}

std::optional<ReplayReceipt> ReplayRows::request(const domain::ReplayCommand& command) {
    const auto event = RowId::of(command.event_id);
    if (!exists(event)) return std::nullopt;

    ReplayReceipt receipt{.replay_request_id = ids_.next()};
    const auto generation = schedule(event.id, receipt.due_now);
    const Request request{RowId::of(receipt.replay_request_id), command.requested_by,
                          command.reason, command.key_name};
    insert_.bind(request.id.id)
        .bind(request.id.rest)
        .bind(event.id)
        .bind(generation)
        .bindText(request.requested_by);
    insert_.bindText(request.reason)
        .bindText(request.key_name)
        .bind(receipt.due_now ? clock_.unixMs() : 0)
        .run();
    audit(request, event.id, "replay.requested", false);
    if (receipt.due_now) audit(request, event.id, "replay.dispatched", true);
    return receipt;
}

std::int64_t ReplayRows::schedule(std::int64_t event, bool& due_now) {
    std::int64_t state = -1;
    std::int64_t generation = 0;
    {
        const Use work{work_};
        if (work->bind(event).step()) {
            state = work->integer(0);
            generation = work->integer(1);
        }
    }
    due_now = state != kLeased;
    if (state == -1) return restart(event);
    if (state == kLeased) {
        wait_.bind(event).run();
        return generation + 1;
    }
    const auto now = clock_.unixMs();
    if (state == kDue) {
        due_now_.bind(now).bind(event).run();
        return generation;
    }
    next_generation_.bind(now).bind(now).bind(event).run();
    return generation + 1;
}

// A processed event has no work row: its numbers go on from its attempts.
std::int64_t ReplayRows::restart(std::int64_t event) {
    std::int64_t attempts = 0;
    std::int64_t generation = 0;
    std::int64_t integration = 0;
    {
        const Use history{history_};
        history->bind(event).step();
        attempts = history->integer(0);
        generation = history->integer(1) + 1;
    }
    {
        const Use found{event_};
        found->bind(event).step();
        integration = found->integer(1);
    }
    const auto now = clock_.unixMs();
    // Above every claim an earlier generation can have had.
    insert_work_.bind(event)
        .bind(integration)
        .bind(now)
        .bind(generation)
        .bind(kFirstClaim)
        .bind(attempts)
        .bind(now)
        .run();
    return generation;
}

void ReplayRows::dispatched(std::int64_t event, std::int64_t generation) {
    eachOpen(event, generation, "replay.dispatched", mark_dispatched_, true);
}

void ReplayRows::finished(std::int64_t event, std::int64_t generation, bool delivered) {
    eachOpen(event, generation, delivered ? "replay.completed" : "replay.failed", mark_finished_,
             false);
}

void ReplayRows::eachOpen(std::int64_t event, std::int64_t generation, std::string_view action,
                          Statement& mark, bool about_event) {
    std::vector<Request> requests;
    {
        const Use open{open_};
        open->bind(event).bind(generation);
        while (open->step())
            requests.push_back({{open->integer(0), open->integer(1)},
                                std::string{open->bytes(2)},
                                std::string{open->bytes(3)},
                                std::string{open->bytes(4)}});
    }
    for (const auto& request : requests) {
        mark.bind(clock_.unixMs()).bind(request.id.id).run();
        audit(request, event, action, about_event);
    }
}

void ReplayRows::audit(const Request& request, std::int64_t event, std::string_view action,
                       bool about_event) {
    std::string event_id;
    {
        const Use found{event_};
        if (found->bind(event).step()) event_id = RowId{event, found->integer(0)}.uuid().text();
    }
    base::JsonWriter details;
    details.beginObject()
        .key("eventId")
        .string(event_id)
        .key("replayRequestId")
        .string(request.id.uuid().text());
    details.key("reason").string(request.reason).key("key").string(request.key_name).endObject();
    domain::AuditEntry entry{.id = {},
                             .entity_type = about_event ? "normalized_event" : "replay_request",
                             .entity_id = about_event ? event_id : request.id.uuid().text(),
                             .action = std::string{action},
                             .actor = request.requested_by,
                             .details_json = details.text(),
                             .created_at = 0};
    audit_.insert(entry);
}

} // namespace hookgate::store::sqlite
