#include "core/store/sqlite/replay_rows.hpp"

#include "core/base/json_writer.hpp"

#include <utility>
#include <vector>

namespace hookgate::store::sqlite {

ReplayRows::ReplayRows(const Database& database, WorkTable& work, AuditRows& audit,
                       base::UuidGenerator& ids, const base::Clock& clock)
    : work_{work},
      audit_{audit},
      ids_{ids},
      clock_{clock},
      event_{database, "SELECT rest, integration FROM event WHERE id = ?"},
      history_{database,
               "SELECT coalesce(max(attempt_no), 0), coalesce(max(generation), 0) FROM attempt "
               "WHERE event = ?"},
      insert_{database,
              "INSERT INTO replay_request (id, rest, event, generation, requested_by, reason, "
              "key_name, "
              "dispatched_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"},
      open_{database,
            "SELECT id, rest, requested_by, reason, key_name FROM replay_request "
            "WHERE event = ? AND generation = ? AND finished_at = 0"},
      mark_dispatched_{database, "UPDATE replay_request SET dispatched_at = ? WHERE id = ?"},
      mark_finished_{database, "UPDATE replay_request SET finished_at = ? WHERE id = ?"} {}

std::optional<std::int64_t> ReplayRows::integrationOf(const RowId& event) {
    const Use found{event_};
    if (!found->bind(event.id).step() || found->integer(0) != event.rest) return std::nullopt;
    return found->integer(1);
}

std::optional<ReplayReceipt> ReplayRows::request(const domain::ReplayCommand& command) {
    const auto event = RowId::of(command.event_id);
    const auto integration = integrationOf(event);
    if (!integration) return std::nullopt;

    ReplayReceipt receipt{.replay_request_id = ids_.next()};
    const auto generation = schedule(event.id, *integration, receipt.due_now);
    const Request request{RowId::of(receipt.replay_request_id), command.requested_by,
                          command.reason, command.key_name};
    insert_.bind(request.id.id).bind(request.id.rest).bind(event.id).bind(generation);
    insert_.bindText(request.requested_by).bindText(request.reason).bindText(request.key_name);
    insert_.bind(receipt.due_now ? clock_.unixMs() : 0).run();
    audit(request, event.id, "replay.requested", false);
    if (receipt.due_now) audit(request, event.id, "replay.dispatched", true);
    return receipt;
}

std::int64_t ReplayRows::schedule(std::int64_t event, std::int64_t integration, bool& due_now) {
    const auto before = work_.find(event);
    due_now = !before || before->state != WorkState::Leased;
    if (!before) return restart(event, integration);
    auto row = *before;
    if (row.state == WorkState::Leased) {
        row.replay_next = true;
        work_.update(*before, row);
        return row.generation + 1;
    }
    if (row.state == WorkState::Failed) {
        row.beginGeneration(clock_.unixMs());
    } else {
        // It goes on in its generation. What was sent stays counted, but none of it is held against
        // the event any longer.
        row.due_at = clock_.unixMs();
        row.sends += std::exchange(row.unknown, 0);
        row.forgiven = row.sends;
    }
    work_.update(*before, row);
    return row.generation;
}

// A processed event has no work row: its numbers go on from its attempts.
std::int64_t ReplayRows::restart(std::int64_t event, std::int64_t integration) {
    const auto now = clock_.unixMs();
    WorkRow row{.event = event,
                .integration = integration,
                .due_at = now,
                .claim = kFirstClaim,
                .started_at = now};
    {
        const Use history{history_};
        history->bind(event).step();
        row.attempts = history->integer(0);
        row.generation = history->integer(1) + 1;
    }
    work_.insert(row);
    return row.generation;
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
