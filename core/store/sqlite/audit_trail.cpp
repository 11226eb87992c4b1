#include "core/base/json_writer.hpp"
#include "core/store/sqlite/event_rows.hpp"
#include "core/store/sqlite/sql_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hookgate::store::sqlite {
namespace {

// One source of the trail: the audit table, or rows that imply an entry. Its
// number breaks ties: of one event, what happened later stands first.
struct Source {
  std::int64_t kind;
  std::string_view action; // empty: any, it is in the row
  std::string_view entity_type;
  std::string_view table;
  std::string_view condition;     // which rows of the table
  std::string_view entity_column; // what entityId is compared with
  std::string_view total;         // of all rows, by counter; empty: counted
};

constexpr std::array<Source, 7> kSources{{
    {0, "", "", "audit", "", "entity_id", ""},
    {1, "event.processed", "normalized_event", "attempt", "outcome = 1",
     "event", "attempts_delivered"},
    {2, "event.retry_scheduled", "normalized_event", "attempt", "outcome = 2",
     "event", "attempts_retry"},
    {3, "event.failed", "normalized_event", "attempt", "outcome = 3", "event",
     "attempts_failed"},
    {4, "event.queued", "normalized_event", "event", "", "id", "events"},
    {5, "event.normalized", "normalized_event", "event", "", "id", "events"},
    {6, "webhook.received", "webhook_event", "webhook", "", "id", "webhooks"},
}};

struct Wanted {
  const Source *source;
  SqlFilter filter;
  bool narrowed = false; // beyond what the counter counts
};

std::optional<Wanted> wantedOf(const Source &source, const AuditFilter &filter,
                               const std::optional<RowId> &id) {
  Wanted wanted{&source, {}, false};
  const bool own = source.kind == 0;
  if (!own) {
    if (filter.action && *filter.action != source.action)
      return std::nullopt;
    if (filter.entity_type && *filter.entity_type != source.entity_type)
      return std::nullopt;
    if (filter.entity_id && !id)
      return std::nullopt;
    if (!source.condition.empty())
      wanted.filter.where(source.condition);
    if (filter.entity_id) {
      wanted.filter.where(std::string{source.entity_column} + " = ?", id->id);
      wanted.narrowed = true;
    }
    return wanted;
  }
  if (filter.action)
    wanted.filter.where("action = ?", *filter.action);
  if (filter.entity_type)
    wanted.filter.where("entity_type = ?", *filter.entity_type);
  if (filter.entity_id)
    wanted.filter.where("entity_id = ?", *filter.entity_id);
  return wanted;
}

// The id names a row by its first 8 bytes; another id with the same ones is
// none of ours.
bool isKnown(Database &database, const RowId &id) {
  for (const auto *table : {"event", "webhook"}) {
    Statement find{database, std::string{"SELECT 1 FROM "} + table +
                                 " WHERE id = ? AND rest = ?"};
    if (find.bind(id.id).bind(id.rest).step())
      return true;
  }
  return false;
}

std::int64_t totalOf(Database &database, const Wanted &wanted) {
  if (!wanted.narrowed && !wanted.source->total.empty()) {
    Statement total{
        database, "SELECT coalesce(sum(value), 0) FROM counter WHERE name = ?"};
    return total.bindText(wanted.source->total).step() ? total.integer(0) : 0;
  }
  Statement count{database, "SELECT count(*) FROM " +
                                std::string{wanted.source->table} +
                                wanted.filter.clause()};
  wanted.filter.bindTo(count);
  return count.step() ? count.integer(0) : 0;
}

domain::AuditEntry derivedEntry(const Source &source, const RowId &row,
                                const RowId &entity, std::string actor,
                                std::string details) {
  domain::AuditEntry entry;
  entry.id =
      base::Uuid::derived(std::string{source.action} + ':' + row.uuid().text());
  entry.entity_type = source.entity_type;
  entry.entity_id = entity.uuid().text();
  entry.action = source.action;
  entry.actor = std::move(actor);
  entry.details_json = std::move(details);
  entry.created_at = row.id >> 12;
  return entry;
}

domain::AuditEntry ownEntry(Database &database, std::int64_t id) {
  Statement select{database,
                   "SELECT rest, entity_type, entity_id, action, actor, "
                   "details, created_at FROM audit WHERE id = ?"};
  domain::AuditEntry entry;
  if (!select.bind(id).step())
    return entry;
  entry.id = RowId{id, select.integer(0)}.uuid();
  entry.entity_type = select.bytes(1);
  entry.entity_id = select.bytes(2);
  entry.action = select.bytes(3);
  entry.actor = select.bytes(4);
  entry.details_json = select.bytes(5);
  entry.created_at = select.integer(6);
  return entry;
}

domain::AuditEntry attemptEntry(Database &database, const Source &source,
                                std::int64_t id) {
  Statement select{database, "SELECT a.rest, e.id, e.rest, a.attempt_no, "
                             "a.http_status, a.error FROM attempt a "
                             "JOIN event e ON e.id = a.event WHERE a.id = ?"};
  if (!select.bind(id).step())
    return {};
  base::JsonWriter details;
  details.beginObject().key("attemptNo").integer(select.integer(3));
  details.key("httpStatus");
  select.integer(4) == 0 ? details.null() : details.integer(select.integer(4));
  details.key("error").stringOrNull(select.bytes(5)).endObject();
  return derivedEntry(source, {id, select.integer(0)},
                      {select.integer(1), select.integer(2)}, "system",
                      details.text());
}

domain::AuditEntry receivedEntry(Database &database, const Source &source,
                                 std::int64_t id, bool webhook) {
  Statement select{
      database,
      webhook ? "SELECT t.rest, i.provider, t.correlation_id FROM webhook t "
                "JOIN integration i ON i.no = t.integration WHERE t.id = ?"
              : "SELECT t.rest, i.provider, w.correlation_id FROM event t "
                "JOIN webhook w ON w.id = t.webhook JOIN integration i ON i.no "
                "= t.integration WHERE t.id = ?"};
  if (!select.bind(id).step())
    return {};
  base::JsonWriter details;
  details.beginObject()
      .key("provider")
      .string(select.bytes(1))
      .key("correlationId")
      .string(select.bytes(2))
      .endObject();
  const RowId row{id, select.integer(0)};
  return derivedEntry(source, row, row,
                      webhook ? "provider:" + std::string{select.bytes(1)}
                              : "system",
                      details.text());
}

domain::AuditEntry entryOf(Database &database, const Source &source,
                           std::int64_t id) {
  if (source.kind == 0)
    return ownEntry(database, id);
  if (source.table == "attempt")
    return attemptEntry(database, source, id);
  return receivedEntry(database, source, id, source.table == "webhook");
}

} // namespace

Page<domain::AuditEntry>
readAudit(Database &database, const AuditFilter &filter, PageRequest page) {
  std::optional<RowId> id;
  if (filter.entity_id)
    if (const auto uuid = base::Uuid::parse(*filter.entity_id))
      id = RowId::of(*uuid);
  if (id && !isKnown(database, *id))
    id.reset();

  Page<domain::AuditEntry> result;
  std::vector<Wanted> wanted;
  std::string sql;
  for (const auto &source : kSources) {
    auto one = wantedOf(source, filter, id);
    if (!one)
      continue;
    result.total += totalOf(database, *one);
    sql += sql.empty() ? "" : " UNION ALL ";
    sql += "SELECT id, " + std::to_string(source.kind) + " FROM " +
           std::string{source.table} + one->filter.clause();
    wanted.push_back(std::move(*one));
  }
  if (sql.empty())
    return result;
  // Every part is read in key order, so that SQLite merges instead of sorting.
  Statement select{database, sql + " ORDER BY 1 DESC, 2 ASC LIMIT ? OFFSET ?"};
  for (const auto &one : wanted)
    one.filter.bindTo(select);
  constexpr std::int64_t kFarthest = std::int64_t{1} << 40;
  select.bind(page.page_size)
      .bind(std::min(page.page - 1, kFarthest) * page.page_size);
  while (select.step())
    result.items.push_back(
        entryOf(database, kSources[static_cast<std::size_t>(select.integer(1))],
                select.integer(0)));
  return result;
}

} // namespace hookgate::store::sqlite
