#include "core/store/sqlite/audit_trail.hpp"

#include "core/store/page_walk.hpp"
#include "core/store/sqlite/audit_entries.hpp"
#include "core/store/sqlite/row_reading.hpp"
#include "core/store/sqlite/sql_filter.hpp"

#include <array>
#include <optional>
#include <utility>

namespace hookgate::store::sqlite {
namespace {

// The entries of one source that pass the filter.
struct Part {
    AuditSource source = AuditSource::Audit;
    std::string table; // and the index to use
    SqlFilter conditions;
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
};

constexpr std::string_view kUnsuccessful = "attempt INDEXED BY attempt_unsuccessful";

constexpr std::array kDerived{
    Derived{AuditSource::Webhook, "webhook.received", "webhook_event", "webhook", "", "id"},
    Derived{AuditSource::Normalized, "event.normalized", "normalized_event", "event", "", "id"},
    Derived{AuditSource::Queued, "event.queued", "normalized_event", "event", "", "id"},
    Derived{AuditSource::Attempt, "", "normalized_event", "attempt", "", "event"},
    Derived{AuditSource::Attempt, "event.processed", "normalized_event", "attempt", "outcome = 1",
            "event"},
    Derived{AuditSource::Attempt, "event.retry_scheduled", "normalized_event", kUnsuccessful,
            "outcome > 1 AND outcome = 2", "event"},
    Derived{AuditSource::Attempt, "event.failed", "normalized_event", kUnsuccessful,
            "outcome > 1 AND outcome = 3", "event"},
};

bool isWanted(const Derived& derived, const AuditFilter& filter) {
    if (filter.entity_type && *filter.entity_type != derived.entity_type) return false;
    if (filter.action) return *filter.action == derived.action && !derived.action.empty();
    // Without a filter on the action, the attempts are read once, not action by action.
    return derived.source != AuditSource::Attempt || derived.action.empty();
}

std::int64_t allOf(const Database& database, const Derived& derived) {
    const auto counter = [&](std::string_view name) { return counterOf(database, name); };
    switch (derived.source) {
        case AuditSource::Webhook:
            return counter("webhooks");
        case AuditSource::Attempt:
            break;
        default:
            return counter("events");
    }
    if (derived.action == "event.processed") return counter("attempts_delivered");
    if (derived.action == "event.retry_scheduled") return counter("attempts_retry");
    if (derived.action == "event.failed") return counter("attempts_failed");
    return counter("attempts_delivered") + counter("attempts_retry") + counter("attempts_failed");
}

std::int64_t countOf(const Database& database, const Part& part) {
    return numberOf(database, "SELECT count(*) FROM " + part.table + part.conditions.clause(),
                    part.conditions);
}

Part storedPart(const Database& database, const AuditFilter& filter,
                const std::optional<base::Uuid>& entity) {
    Part part;
    part.table = "audit";
    if (filter.entity_id)
        part.conditions.where("entity_id = ?", entity ? entity->text() : *filter.entity_id);
    if (filter.action) part.conditions.where("action = ?", *filter.action);
    if (filter.entity_type) part.conditions.where("entity_type = ?", *filter.entity_type);
    const bool all = !filter.entity_id && !filter.action && !filter.entity_type;
    part.total = all ? counterOf(database, "audit") : countOf(database, part);
    return part;
}

// nullopt: the entity is none of this kind.
std::optional<Part> derivedPart(const Database& database, const Derived& derived,
                                const AuditFilter& filter,
                                const std::optional<base::Uuid>& entity) {
    Part part;
    part.source = derived.source;
    part.table = derived.table;
    if (!derived.condition.empty()) part.conditions.where(derived.condition);
    if (!filter.entity_id) {
        part.total = allOf(database, derived);
        return part;
    }
    if (!entity) return std::nullopt;
    const auto row =
        findRow(database, derived.source == AuditSource::Webhook ? "webhook" : "event", *entity);
    if (!row) return std::nullopt;
    if (derived.source == AuditSource::Attempt) part.table = "attempt INDEXED BY attempt_event";
    part.conditions.where(std::string{derived.entity_column} + " = ?", *row);
    part.total = countOf(database, part);
    return part;
}

std::vector<Part> partsOf(const Database& database, const AuditFilter& filter) {
    const auto entity = filter.entity_id ? base::Uuid::parse(*filter.entity_id) : std::nullopt;
    std::vector<Part> parts;
    parts.push_back(storedPart(database, filter, entity));
    for (const auto& derived : kDerived) {
        if (!isWanted(derived, filter)) continue;
        if (auto part = derivedPart(database, derived, filter, entity))
            parts.push_back(std::move(*part));
    }
    std::erase_if(parts, [](const Part& part) { return part.total == 0; });
    return parts;
}

// Every part is read in the order of its keys, and SQLite merges them: nothing is sorted.
std::vector<std::pair<std::int64_t, AuditSource>> merge(const Database& database,
                                                        const std::vector<Part>& parts,
                                                        const Walk& walk) {
    std::string sql;
    for (const auto& part : parts) {
        if (!sql.empty()) sql += " UNION ALL ";
        sql += "SELECT id, " + std::to_string(static_cast<std::int64_t>(part.source)) + " FROM " +
               part.table + part.conditions.clause();
    }
    // Keys fall and the numbers of the sources rise, or the other way round.
    sql += std::string{" ORDER BY 1"} + walk.direction(false) + ", 2" + walk.direction(true) +
           " LIMIT ? OFFSET ?";
    Statement select{database, sql};
    for (const auto& part : parts)
        part.conditions.bindTo(select);
    select.bind(walk.take).bind(walk.skip);
    std::vector<std::pair<std::int64_t, AuditSource>> found;
    while (select.step())
        found.emplace_back(select.integer(0), static_cast<AuditSource>(select.integer(1)));
    walk.straighten(found);
    return found;
}

} // namespace

Page<domain::AuditEntry> readAudit(const Database& database, const AuditFilter& filter,
                                   PageRequest page) {
    const auto parts = partsOf(database, filter);
    Page<domain::AuditEntry> result;
    for (const auto& part : parts)
        result.total += part.total;
    const auto range = Range::of(page, result.total);
    if (range.length == 0) return result;
    AuditEntries entries{database};
    for (const auto& [row_id, source] : merge(database, parts, Walk::to(range, result.total)))
        if (auto entry = entries.read(source, row_id)) result.items.push_back(std::move(*entry));
    return result;
}

} // namespace hookgate::store::sqlite
