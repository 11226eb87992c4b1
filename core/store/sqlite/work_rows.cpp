#include "core/store/sqlite/work_rows.hpp"

#include <algorithm>

namespace hookgate::store::sqlite {
namespace {

constexpr std::int64_t kDue = 0;
constexpr std::int64_t kLeased = 1;
constexpr std::int64_t kFailed = 2;

constexpr std::int64_t kDelivered = 1;
constexpr std::int64_t kRetry = 2;
constexpr std::int64_t kEnded = 3;

constexpr std::string_view kRowColumns =
    "event, integration, state, generation, claim, attempts, sends, unknown, replay_next";

std::string select(std::string_view rest) {
    return "SELECT " + std::string{kRowColumns} + " FROM work " + std::string{rest};
}

} // namespace

WorkRows::WorkRows(Database& database, Counters& counters, ReplayRows& replays,
                   base::UuidGenerator& ids, const base::Clock& clock)
    : counters_{counters},
      replays_{replays},
      ids_{ids},
      clock_{clock},
      find_{database, select("WHERE event = ?")},
      due_{database,
           select("INDEXED BY work_due WHERE integration = ? AND state < 2 AND due_at <= ? "
                  "ORDER BY due_at LIMIT ?")},
      update_{database,
              "UPDATE work SET due_at = ?, state = ?, generation = ?, claim = ?, attempts = ?, "
              "sends = ?, "
              "unknown = ?, replay_next = ? WHERE event = ?"},
      delete_{database, "DELETE FROM work WHERE event = ?"},
      renew_{database,
             "UPDATE work SET due_at = ?, claim = claim + 1 "
             "WHERE event = ? AND generation = ? AND claim = ? AND state = 1 RETURNING claim"},
      release_{database,
               "UPDATE work SET due_at = ?, state = 0 "
               "WHERE event = ? AND generation = ? AND claim = ? AND state = 1"},
      insert_attempt_{
          database,
          "INSERT INTO attempt (id, rest, event, integration, attempt_no, generation, outcome, "
          "http_status, duration_ms, error, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      event_{database,
             "SELECT e.rest, e.type, e.subject, e.external_id, e.payload, e.occurred_at, "
             "w.correlation_id, "
             "w.received_at FROM event e JOIN webhook w ON w.id = e.webhook WHERE e.id = ?"} {}

WorkRows::Row WorkRows::read(const Statement& statement) {
    return {.event = statement.integer(0),
            .integration = statement.integer(1),
            .state = statement.integer(2),
            .generation = statement.integer(3),
            .claim = statement.integer(4),
            .attempts = statement.integer(5),
            .sends = statement.integer(6),
            .unknown = statement.integer(7),
            .replay_next = statement.integer(8) != 0};
}

std::optional<WorkRows::Row> WorkRows::find(std::int64_t event) {
    const Use find{find_};
    if (!find->bind(event).step()) return std::nullopt;
    return read(*find);
}

bool WorkRows::finish(const domain::DeliveryResult& result) {
    auto row = find(RowId::of(result.ref.event_id).id);
    if (!row || row->generation != result.ref.generation || row->state == kFailed) return false;
    const bool own = row->state == kLeased && row->claim == result.ref.claim;
    const bool delivered = result.outcome == domain::DeliveryOutcome::Delivered;
    // A success counts whoever reports it: the callback has said 2xx, and another send could only
    // repeat it.
    if (!own && !delivered) return false;

    // A successor has recorded this send as unknown under its number: it gets the next one.
    const auto attempt_no =
        own ? std::max<std::int64_t>(result.attempt_no, row->attempts + 1) : row->attempts + 1;
    const bool retry = result.outcome == domain::DeliveryOutcome::Retry;
    insertAttempt(*row, attempt_no, delivered ? kDelivered : retry ? kRetry : kEnded, result);
    row->attempts = attempt_no;
    ++row->sends;
    row->unknown = 0;
    if (retry && !row->replay_next)
        update(*row, kDue, result.retry_at);
    else
        endGeneration(*row, delivered);
    return true;
}

void WorkRows::insertAttempt(const Row& row, std::int64_t attempt_no, std::int64_t outcome,
                             const domain::DeliveryResult& result) {
    const auto id = RowId::of(ids_.next());
    insert_attempt_.bind(id.id)
        .bind(id.rest)
        .bind(row.event)
        .bind(row.integration)
        .bind(attempt_no);
    insert_attempt_.bind(row.generation)
        .bind(outcome)
        .bind(result.http_status)
        .bind(result.duration_ms);
    insert_attempt_.bindText(result.error_message).bindBlob(result.response_body).run();
    counters_.add(outcome == kDelivered ? "attempts_delivered"
                  : outcome == kRetry   ? "attempts_retry"
                                        : "attempts_failed",
                  0, 1);
}

void WorkRows::update(const Row& row, std::int64_t state, domain::UnixMs due_at) {
    update_.bind(due_at)
        .bind(state)
        .bind(row.generation)
        .bind(row.claim)
        .bind(row.attempts)
        .bind(row.sends);
    update_.bind(row.unknown).bind(row.replay_next ? 1 : 0).bind(row.event).run();
}

void WorkRows::endGeneration(Row row, bool delivered) {
    replays_.finished(row.event, row.generation, delivered);
    if (row.replay_next) {
        ++row.generation;
        ++row.claim;
        row.sends = 0;
        row.unknown = 0;
        row.replay_next = false;
        replays_.dispatched(row.event, row.generation);
        update(row, kDue, clock_.unixMs());
    } else if (delivered) {
        delete_.bind(row.event).run();
    } else {
        update(row, kFailed, clock_.unixMs());
    }
}

bool WorkRows::recordUnknown(Row& row) {
    domain::DeliveryResult lost;
    lost.error_message = "outcome unknown: the gateway stopped before it recorded the answer";
    const bool last = row.unknown + 1 >= kUnknownOutcomesMax;
    insertAttempt(row, row.attempts + 1, last ? kEnded : kRetry, lost);
    ++row.attempts;
    ++row.unknown;
    if (last) endGeneration(row, false);
    return !last;
}

void WorkRows::claim(std::int64_t integration_no, const domain::Uuid& integration_id,
                     std::size_t most, std::chrono::milliseconds lease,
                     std::vector<domain::WorkItem>& claimed) {
    const auto now = clock_.unixMs();
    std::vector<Row> rows;
    {
        const Use due{due_};
        due->bind(integration_no).bind(now).bind(static_cast<std::int64_t>(most));
        while (due->step())
            rows.push_back(read(*due));
    }
    for (auto& row : rows) {
        if (row.state == kLeased && !recordUnknown(row)) continue;
        ++row.claim;
        update(row, kLeased, now + lease.count());
        auto& item = claimed.emplace_back();
        item.integration_id = integration_id;
        item.lease_expires = clock_.bootMs() + lease.count();
        fill(row, item);
    }
}

void WorkRows::fill(const Row& row, domain::WorkItem& item) {
    const Use event{event_};
    if (!event->bind(row.event).step())
        throw StoreError{"a work row names an event that is not there", false};
    item.ref = {RowId{row.event, event->integer(0)}.uuid(),
                static_cast<std::int32_t>(row.generation), row.claim};
    item.type = event->bytes(1);
    item.subject = event->bytes(2);
    item.external_id = event->bytes(3);
    item.payload = event->bytes(4);
    item.occurred_at = event->integer(5);
    item.correlation_id = event->bytes(6);
    item.received_at = event->integer(7);
    item.attempts = static_cast<std::int32_t>(row.attempts);
    item.sends = static_cast<std::int32_t>(row.sends);
}

std::optional<std::int64_t> WorkRows::renew(const domain::WorkRef& ref,
                                            std::chrono::milliseconds lease) {
    const Use renew{renew_};
    renew->bind(clock_.unixMs() + lease.count())
        .bind(RowId::of(ref.event_id).id)
        .bind(ref.generation)
        .bind(ref.claim);
    if (!renew->step()) return std::nullopt;
    return renew->integer(0);
}

void WorkRows::release(const domain::WorkRef& ref) {
    release_.bind(clock_.unixMs())
        .bind(RowId::of(ref.event_id).id)
        .bind(ref.generation)
        .bind(ref.claim)
        .run();
}

} // namespace hookgate::store::sqlite
