#include "core/store/sqlite/event_rows.hpp"

#include "core/base/hex.hpp"
#include "core/base/text.hpp"
#include "core/store/sqlite/sql_filter.hpp"

#include <algorithm>

namespace hookgate::store::sqlite {
namespace {

constexpr std::string_view kColumns =
    "e.id, e.rest, w.id, w.rest, i.id, i.provider, e.external_id, e.type, "
    "e.subject, e.payload, e.occurred_at, "
    "w.received_at, k.state, k.sends + k.unknown, e.idempotency_key";
constexpr std::string_view kTables =
    " FROM event e JOIN webhook w ON w.id = e.webhook "
    "JOIN integration i ON i.no = e.integration LEFT JOIN work k ON k.event = "
    "e.id";
// Unfinished events are few beside all: they are found through their work.
constexpr std::string_view kUnfinishedTables =
    " FROM work k JOIN event e ON e.id = k.event "
    "JOIN webhook w ON w.id = e.webhook JOIN integration i ON i.no = "
    "e.integration";

domain::UnixMs timeOf(std::int64_t id) noexcept { return id >> 12; }

domain::EventStatus statusOf(const Statement &row, int state_column,
                             int tries_column) noexcept {
  if (row.isNull(state_column))
    return domain::EventStatus::Processed;
  switch (row.integer(state_column)) {
  case 1:
    return domain::EventStatus::Processing;
  case 2:
    return domain::EventStatus::Failed;
  default:
    return row.integer(tries_column) > 0 ? domain::EventStatus::Retrying
                                         : domain::EventStatus::Pending;
  }
}

domain::Uuid uuidOf(std::string_view bytes) noexcept {
  domain::Uuid id;
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()),
              id.bytes.begin());
  return id;
}

EventRow rowOf(const Statement &select) {
  EventRow row;
  row.id = RowId{select.integer(0), select.integer(1)}.uuid();
  row.webhook_id = RowId{select.integer(2), select.integer(3)}.uuid();
  row.integration_id = uuidOf(select.bytes(4));
  row.provider = select.bytes(5);
  row.external_id = select.bytes(6);
  row.type = select.bytes(7);
  row.subject = select.bytes(8);
  row.payload = select.bytes(9);
  row.occurred_at = select.integer(10);
  row.received_at = select.integer(11);
  row.created_at = timeOf(select.integer(0));
  row.updated_at = row.created_at;
  row.status = statusOf(select, 12, 13);
  return row;
}

void addAttempts(Database &database, EventRow &row) {
  Statement last{database, "SELECT attempt_no, id, error FROM attempt WHERE "
                           "event = ? ORDER BY attempt_no DESC LIMIT 1"};
  if (!last.bind(RowId::of(row.id).id).step())
    return;
  row.processing_attempts = static_cast<std::int32_t>(last.integer(0));
  row.last_processed_at = timeOf(last.integer(1));
  row.updated_at = std::max(row.updated_at, row.last_processed_at);
  row.last_error = last.bytes(2);
}

void addStatus(SqlFilter &filter, domain::EventStatus status) {
  switch (status) {
  case domain::EventStatus::Pending:
    return filter.where("k.state = 0 AND k.sends = 0 AND k.unknown = 0");
  case domain::EventStatus::Processing:
    return filter.where("k.state = 1");
  case domain::EventStatus::Processed:
    return filter.where("k.event IS NULL");
  case domain::EventStatus::Retrying:
    return filter.where("k.state = 0 AND (k.sends > 0 OR k.unknown > 0)");
  case domain::EventStatus::Failed:
    return filter.where("k.state = 2");
  }
}

SqlFilter conditionsOf(const EventFilter &filter) {
  SqlFilter sql;
  if (filter.provider)
    sql.where("i.provider = ?", *filter.provider);
  if (filter.status)
    addStatus(sql, *filter.status);
  if (filter.event_type)
    sql.where("e.type = CAST(? AS BLOB)", *filter.event_type);
  // instr() knows no wildcards; lower() folds ASCII only.
  if (filter.subject)
    sql.where("instr(lower(CAST(e.subject AS TEXT)), ?) > 0",
              base::toLower(*filter.subject));
  if (filter.from)
    sql.where("e.occurred_at >= ?", *filter.from);
  if (filter.to)
    sql.where("e.occurred_at <= ?", *filter.to);
  return sql;
}

std::string orderOf(const EventFilter &filter) {
  const std::string direction = filter.ascending ? " ASC" : " DESC";
  std::string order = " ORDER BY ";
  if (filter.sort_by == EventSort::OccurredAt)
    order += "e.occurred_at" + direction + ", ";
  // As the states follow each other: pending, processing, processed, retrying,
  // failed.
  if (filter.sort_by == EventSort::Status)
    order += "CASE WHEN k.event IS NULL THEN 2 WHEN k.state = 1 THEN 1 WHEN "
             "k.state = 2 THEN 4 "
             "WHEN k.sends + k.unknown > 0 THEN 3 ELSE 0 END" +
             direction + ", ";
  // Receipt order is key order.
  return order + "e.id" + direction;
}

// Totals without a filter on the content come from the counters and the work
// rows.
std::optional<std::int64_t> countedTotal(Database &database,
                                         const EventFilter &filter) {
  if (filter.event_type || filter.subject || filter.from || filter.to)
    return std::nullopt;
  if (filter.status && *filter.status != domain::EventStatus::Processed)
    return std::nullopt;
  const std::string of = filter.provider
                             ? " AND integration IN (SELECT no FROM "
                               "integration WHERE provider = ?)"
                             : "";
  const auto count = [&](const std::string &sql) {
    Statement statement{database, sql + of};
    if (filter.provider)
      statement.bindText(*filter.provider);
    return statement.step() ? statement.integer(0) : 0;
  };
  const auto events = count(
      "SELECT coalesce(sum(value), 0) FROM counter WHERE name = 'events'");
  if (!filter.status)
    return events;
  return events - count("SELECT count(*) FROM work WHERE true");
}

std::int64_t offsetOf(PageRequest page) noexcept {
  constexpr std::int64_t kFarthest = std::int64_t{1} << 40;
  return std::min(page.page - 1, kFarthest) * page.page_size;
}

template <class Bind>
std::int64_t countRows(Database &database, const std::string &from,
                       const Bind &bind) {
  Statement count{database, "SELECT count(*)" + from};
  bind(count);
  return count.step() ? count.integer(0) : 0;
}

AttemptRow attemptOf(const Statement &select) {
  AttemptRow row;
  row.id = RowId{select.integer(0), select.integer(1)}.uuid();
  row.event_id = RowId{select.integer(2), select.integer(3)}.uuid();
  row.integration_id = uuidOf(select.bytes(4));
  row.attempt_no = static_cast<std::int32_t>(select.integer(5));
  row.success = select.integer(6) == 1;
  row.http_status = static_cast<std::int32_t>(select.integer(7));
  row.duration_ms = select.integer(8);
  row.error_message = select.bytes(9);
  row.response_body = select.bytes(10);
  row.created_at = timeOf(select.integer(0));
  return row;
}

constexpr std::string_view kAttemptColumns =
    "SELECT a.id, a.rest, e.id, e.rest, i.id, a.attempt_no, a.outcome, "
    "a.http_status, "
    "a.duration_ms, a.error, a.response";
constexpr std::string_view kAttemptTables =
    " FROM attempt a JOIN event e ON e.id = a.event JOIN integration i ON i.no "
    "= a.integration";

std::string idempotencyKeyOf(const EventRow &event, const Statement &select) {
  if (select.isNull(14))
    return event.provider + ':' + event.external_id;
  return std::string{select.bytes(14)};
}

WebhookRow readWebhook(Database &database, const EventRow &event,
                       std::string idempotency_key) {
  Statement select{database, "SELECT headers, body, source_ip, correlation_id, "
                             "received_at FROM webhook WHERE id = ?"};
  WebhookRow row;
  if (!select.bind(RowId::of(event.webhook_id).id).step())
    return row;
  row.id = event.webhook_id;
  row.external_id = event.external_id;
  row.idempotency_key = std::move(idempotency_key);
  row.headers = select.bytes(0);
  row.body = select.bytes(1);
  row.source_ip = select.bytes(2);
  row.correlation_id = select.bytes(3);
  row.received_at = select.integer(4);
  return row;
}

// One job for each generation: the first delivery, and every generation that a
// replay began.
std::vector<JobRow> readJobs(Database &database, const EventRow &event) {
  const auto id = RowId::of(event.id).id;
  std::int64_t current = -1;
  {
    Statement work{database, "SELECT generation FROM work WHERE event = ?"};
    if (work.bind(id).step())
      current = work.integer(0);
  }
  Statement generations{
      database,
      "SELECT g, (SELECT count(*) FROM attempt WHERE event = ?1 AND generation "
      "= g), "
      "(SELECT max(id) FROM attempt WHERE event = ?1 AND generation = g), "
      "(SELECT outcome FROM attempt WHERE event = ?1 AND generation = g ORDER "
      "BY attempt_no DESC LIMIT 1), "
      "(SELECT min(id) FROM replay_request WHERE event = ?1 AND generation = "
      "g), "
      "(SELECT rest FROM replay_request WHERE event = ?1 AND generation = g "
      "ORDER BY id LIMIT 1) "
      "FROM (SELECT 0 AS g UNION SELECT generation FROM attempt WHERE event = "
      "?1 "
      "UNION SELECT generation FROM replay_request WHERE event = ?1) ORDER BY "
      "g"};
  generations.bind(id);
  std::vector<JobRow> jobs;
  while (generations.step()) {
    auto &job = jobs.emplace_back();
    const auto generation = generations.integer(0);
    job.replay = generation > 0;
    job.attempts = static_cast<std::int32_t>(generations.integer(1));
    job.id = job.replay && !generations.isNull(4)
                 ? RowId{generations.integer(4), generations.integer(5)}.uuid()
                 : base::Uuid::derived("job:" + event.id.text() + ':' +
                                       std::to_string(generation));
    job.created_at = job.replay && !generations.isNull(4)
                         ? timeOf(generations.integer(4))
                         : event.created_at;
    const bool waits = generation > current && current >= 0;
    const bool runs =
        generation == current && event.status != domain::EventStatus::Failed;
    if (waits) {
      job.status = domain::EventStatus::Pending;
    } else if (runs) {
      job.status = event.status;
    } else {
      job.status = generations.integer(3) == 1 ? domain::EventStatus::Processed
                                               : domain::EventStatus::Failed;
      job.finished_at = timeOf(generations.integer(2));
    }
  }
  return jobs;
}

} // namespace

Page<EventRow> readEvents(Database &database, const EventFilter &filter,
                          PageRequest page) {
  const bool unfinished =
      filter.status && *filter.status != domain::EventStatus::Processed;
  const std::string tables{unfinished ? kUnfinishedTables : kTables};
  const auto conditions = conditionsOf(filter);
  const auto from = tables + conditions.clause();

  Page<EventRow> result;
  const auto counted = countedTotal(database, filter);
  result.total =
      counted ? *counted : countRows(database, from, [&](Statement &count) {
        conditions.bindTo(count);
      });

  Statement select{database, "SELECT " + std::string{kColumns} + from +
                                 orderOf(filter) + " LIMIT ? OFFSET ?"};
  conditions.bindTo(select);
  select.bind(page.page_size).bind(offsetOf(page));
  while (select.step())
    addAttempts(database, result.items.emplace_back(rowOf(select)));
  return result;
}

std::optional<EventDetails> readEvent(Database &database,
                                      const domain::Uuid &id) {
  const auto row_id = RowId::of(id);
  Statement select{database, "SELECT " + std::string{kColumns} +
                                 std::string{kTables} +
                                 " WHERE e.id = ? AND e.rest = ?"};
  if (!select.bind(row_id.id).bind(row_id.rest).step())
    return std::nullopt;
  EventDetails details;
  details.event = rowOf(select);
  addAttempts(database, details.event);
  details.webhook = readWebhook(database, details.event,
                                idempotencyKeyOf(details.event, select));

  Statement attempts{database, std::string{kAttemptColumns} +
                                   std::string{kAttemptTables} +
                                   " WHERE a.event = ? ORDER BY a.attempt_no"};
  attempts.bind(row_id.id);
  while (attempts.step())
    details.attempts.push_back(attemptOf(attempts));
  details.jobs = readJobs(database, details.event);
  return details;
}

Page<AttemptRow> readAttempts(Database &database, const AttemptFilter &filter,
                              PageRequest page) {
  SqlFilter conditions;
  if (filter.success)
    conditions.where(*filter.success ? "a.outcome = 1" : "a.outcome <> 1");
  if (filter.event_id) {
    const auto id = RowId::of(*filter.event_id);
    conditions.where("a.event = ?", id.id);
    conditions.where("e.rest = ?", id.rest);
  }
  const auto from = std::string{kAttemptTables} + conditions.clause();
  Page<AttemptRow> result;
  if (filter.event_id)
    result.total = countRows(
        database, from, [&](Statement &count) { conditions.bindTo(count); });
  else
    result.total = database.integer(
        !filter.success   ? "SELECT coalesce(sum(value), 0) FROM counter WHERE "
                            "name LIKE 'attempts_%'"
        : *filter.success ? "SELECT coalesce(sum(value), 0) FROM counter WHERE "
                            "name = 'attempts_delivered'"
                          : "SELECT coalesce(sum(value), 0) FROM counter WHERE "
                            "name IN ('attempts_retry', 'attempts_failed')");
  Statement select{database, std::string{kAttemptColumns} + from +
                                 " ORDER BY a.id DESC LIMIT ? OFFSET ?"};
  conditions.bindTo(select);
  select.bind(page.page_size).bind(offsetOf(page));
  while (select.step())
    result.items.push_back(attemptOf(select));
  return result;
}

} // namespace hookgate::store::sqlite
