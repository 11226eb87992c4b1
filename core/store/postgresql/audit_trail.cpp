#include "core/store/postgresql/audit_trail.hpp"

#include "core/store/page_walk.hpp"
#include "core/store/postgresql/audit_entries.hpp"
#include "core/store/postgresql/sql_filter.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::store::postgresql {
namespace {

// The entries of one source that pass the filter.
struct Part {
    AuditSource source = AuditSource::Audit;
    std::string table;
    SqlFilter conditions{};
    std::int64_t total = 0;
};

// What the rows imply: all entries of one action, or all that attempts imply.
struct Derived {
    AuditSource source;
    std::string_view action; // empty: of the attempts, any
    std::string_view entity_type;
    std::string_view table;
    std::string_view condition;
    std::string_view entity_column;
    std::string_view counted; // columns of counter
};

// "outcome > 1" is what the index of unsuccessful attempts is about.
constexpr std::array kDerived{
    Derived{AuditSource::Webhook, "webhook.received", "webhook_event", "webhook", "", "id",
            "webhooks"},
    Derived{AuditSource::Normalized, "event.normalized", "normalized_event", "event", "", "id",
            "events"},
    Derived{AuditSource::Queued, "event.queued", "normalized_event", "event", "", "id", "events"},
    Derived{AuditSource::Attempt, "", "normalized_event", "attempt", "", "event",
            "delivered + retried + failed"},
    Derived{AuditSource::Attempt, "event.processed", "normalized_event", "attempt", "outcome = 1",
            "event", "delivered"},
    Derived{AuditSource::Attempt, "event.retry_scheduled", "normalized_event", "attempt",
            "outcome > 1 AND outcome = 2", "event", "retried"},
    Derived{AuditSource::Attempt, "event.failed", "normalized_event", "attempt",
            "outcome > 1 AND outcome = 3", "event", "failed"},
};

bool isWanted(const Derived& derived, const AuditFilter& filter) {
    if (filter.entity_type && *filter.entity_type != derived.entity_type) return false;
    if (filter.action) return *filter.action == derived.action && !derived.action.empty();
    // Without a filter on the action, the attempts are read once, not action by action.
    return derived.source != AuditSource::Attempt || derived.action.empty();
}

std::int64_t counted(Snapshot& snapshot, std::string_view columns) {
    return snapshot.number("SELECT coalesce(sum(" + std::string{columns} +
                           "), 0)::int8 FROM counter");
}

std::int64_t countOf(Snapshot& snapshot, const Part& part) {
    Parameters parameters;
    const auto sql = "SELECT count(*) FROM " + part.table + part.conditions.clause(parameters);
    return snapshot.number(sql, parameters);
}

Part storedPart(Snapshot& snapshot, const AuditFilter& filter,
                const std::optional<base::Uuid>& entity) {
    Part part{.table = "audit"};
    // No row has what no text can be.
    if (!isText(filter.action.value_or("")) || !isText(filter.entity_type.value_or("")))
        return part;
    if (filter.entity_id)
        part.conditions.where("entity_id = ?::bytea", entity ? entity->text() : *filter.entity_id);
    if (filter.action) part.conditions.where("action = ?::text", *filter.action);
    if (filter.entity_type) part.conditions.where("entity_type = ?::text", *filter.entity_type);
    const bool all = !filter.entity_id && !filter.action && !filter.entity_type;
    part.total = all ? counted(snapshot, "audit") : countOf(snapshot, part);
    return part;
}

Part derivedPart(Snapshot& snapshot, const Derived& derived, const AuditFilter& filter,
                 const std::optional<base::Uuid>& entity) {
    Part part{.source = derived.source, .table = std::string{derived.table}};
    if (!derived.condition.empty()) part.conditions.where(derived.condition);
    if (!filter.entity_id) {
        part.total = counted(snapshot, derived.counted);
    } else if (entity) {
        part.conditions.where(std::string{derived.entity_column} + " = ?::uuid", *entity);
        part.total = countOf(snapshot, part);
    }
    return part;
}

std::vector<Part> partsOf(Snapshot& snapshot, const AuditFilter& filter) {
    const auto entity = filter.entity_id ? base::Uuid::parse(*filter.entity_id) : std::nullopt;
    std::vector<Part> parts;
    parts.push_back(storedPart(snapshot, filter, entity));
    for (const auto& derived : kDerived)
        if (isWanted(derived, filter))
            parts.push_back(derivedPart(snapshot, derived, filter, entity));
    std::erase_if(parts, [](const Part& part) { return part.total == 0; });
    return parts;
}

// Every part is read in the order of its ids no further than the page could need, so that little is
// sorted where they meet.
std::vector<AuditPlace> merge(Snapshot& snapshot, const std::vector<Part>& parts,
                              const Walk& walk) {
    const std::string direction = walk.direction(false);
    Parameters parameters;
    std::string sql;
    for (const auto& part : parts) {
        sql += sql.empty() ? "SELECT id, source FROM (" : " UNION ALL ";
        sql += "(SELECT id, " + std::to_string(static_cast<std::int64_t>(part.source)) +
               "::int8 AS source FROM " + part.table + part.conditions.clause(parameters) +
               " ORDER BY id" + direction;
        appendPart(sql, walk.skip + walk.take, 0);
        sql += ")";
    }
    // Ids fall and the numbers of the sources rise, or the other way round.
    sql += ") places ORDER BY id" + direction + ", source" + walk.direction(true);
    appendPart(sql, walk.take, walk.skip);
    const auto found = snapshot.query(sql, parameters);
    std::vector<AuditPlace> places;
    places.reserve(static_cast<std::size_t>(found.rows()));
    for (int i = 0; i < found.rows(); ++i)
        places.emplace_back(static_cast<AuditSource>(found.integer(i, 1)), found.uuid(i, 0));
    walk.straighten(places);
    return places;
}

} // namespace

Page<domain::AuditEntry> readAudit(Snapshot& snapshot, const AuditFilter& filter,
                                   PageRequest page) {
    const auto parts = partsOf(snapshot, filter);
    Page<domain::AuditEntry> result;
    for (const auto& part : parts)
        result.total += part.total;
    const auto range = Range::of(page, result.total);
    if (range.length == 0) return result;
    result.items =
        readAuditEntries(snapshot, merge(snapshot, parts, Walk::to(range, result.total)));
    return result;
}

} // namespace hookgate::store::postgresql
