#include "core/store/sqlite/event_list.hpp"

#include "core/base/text.hpp"
#include "core/domain/event_status.hpp"
#include "core/store/page_walk.hpp"
#include "core/store/sqlite/event_rows.hpp"
#include "core/store/sqlite/row_reading.hpp"
#include "core/store/sqlite/sql_filter.hpp"

#include <algorithm>
#include <array>

namespace hookgate::store::sqlite {
namespace {

using domain::EventStatus;

constexpr std::array kStatusOrder{EventStatus::Pending, EventStatus::Processing,
                                  EventStatus::Processed, EventStatus::Retrying,
                                  EventStatus::Failed};

constexpr std::string_view kOfProvider = " IN (SELECT no FROM integration WHERE provider = ?)";

std::string_view conditionOf(EventStatus status) noexcept {
    switch (status) {
        case EventStatus::Pending:
            return "w.state = 0 AND w.sends = 0 AND w.unknown = 0";
        case EventStatus::Processing:
            return "w.state = 1";
        case EventStatus::Retrying:
            return "w.state = 0 AND (w.sends > 0 OR w.unknown > 0)";
        case EventStatus::Failed:
            return "w.state = 2";
        case EventStatus::Processed:
            break;
    }
    return "NOT EXISTS (SELECT 1 FROM work w WHERE w.event = e.id)";
}

bool looksAtContent(const EventFilter& filter) noexcept {
    return filter.event_type || filter.subject || filter.from || filter.to || filter.test;
}

void addRange(SqlFilter& conditions, const EventFilter& filter) {
    if (filter.from) conditions.where("e.occurred_at >= ?", *filter.from);
    if (filter.to) conditions.where("e.occurred_at <= ?", *filter.to);
}

// Whether the time range holds so much that reading all events in their order is quicker than
// fetching each that the index of times names.
bool isWide(const Database& database, const EventFilter& filter) {
    if (!filter.from && !filter.to) return false;
    if (!filter.provider && !filter.event_type && !filter.subject && !filter.test) return false;
    SqlFilter range;
    addRange(range, filter);
    const auto within = numberOf(
        database, "SELECT count(*) FROM event e INDEXED BY event_occurred" + range.clause(), range);
    return within > counterOf(database, "events") / 4;
}

// The events of one status, or of all, that pass the rest of the filter. Unfinished events are
// found through their work rows, without a look at the events where the filter needs none.
class EventSet {
public:
    EventSet(const EventFilter& filter, std::optional<EventStatus> status, bool wide)
        : filter_{filter},
          status_{status},
          wide_{wide},
          by_work_{status && *status != EventStatus::Processed} {
        const auto integration = std::string{by_work_ ? "w.integration" : "e.integration"};
        if (filter.provider)
            conditions_.where(integration + std::string{kOfProvider}, *filter.provider);
        if (status) conditions_.where(conditionOf(*status));
        if (filter.event_type) conditions_.where("e.type = CAST(? AS BLOB)", *filter.event_type);
        // instr() knows no wildcards; lower() folds ASCII only.
        if (filter.subject)
            conditions_.where("instr(lower(CAST(e.subject AS TEXT)), ?) > 0",
                              base::toLower(*filter.subject));
        addRange(conditions_, filter);
        if (filter.test) conditions_.where("e.test = ?", *filter.test ? 1 : 0);
    }

    std::int64_t count(const Database& database) const {
        if (looksAtContent(filter_))
            return numberOf(database, "SELECT count(*)" + from(true, wide_), conditions_);
        if (by_work_) return counted(database, domain::nameOf(*status_));
        auto total = counted(database, "events");
        if (!status_) return total;
        for (const auto status : kStatusOrder)
            if (status != EventStatus::Processed)
                total -= counted(database, domain::nameOf(status));
        return total;
    }

    std::vector<std::int64_t> ids(const Database& database, Range range, std::int64_t total) const {
        const auto walk = Walk::to(range, total);
        const std::string direction = walk.direction(filter_.ascending);
        const bool by_time = filter_.sort_by == EventSort::OccurredAt;
        const std::string key = by_work_ ? "w.event" : "e.id";
        auto sql = "SELECT " + key + from(by_time || looksAtContent(filter_), wide_ && !by_time) +
                   " ORDER BY ";
        if (by_time) sql += "e.occurred_at" + direction + ", ";
        sql += key + direction + " LIMIT ? OFFSET ?";
        auto ids = rowIdsOf(database, sql, conditions_, walk.take, walk.skip);
        walk.straighten(ids);
        return ids;
    }

private:
    // What the store has counted, of the provider or of all.
    std::int64_t counted(const Database& database, std::string_view name) const {
        SqlFilter counter;
        counter.where("name = ?", std::string{name});
        if (filter_.provider)
            counter.where("integration" + std::string{kOfProvider}, *filter_.provider);
        return numberOf(database, "SELECT coalesce(sum(value), 0) FROM counter" + counter.clause(),
                        counter);
    }

    std::string from(bool needs_event, bool scan) const {
        std::string tables = " FROM event e";
        if (by_work_)
            // CROSS: SQLite keeps the order of the tables.
            tables =
                needs_event ? " FROM work w CROSS JOIN event e ON e.id = w.event" : " FROM work w";
        else if (scan)
            tables += " NOT INDEXED";
        return tables + conditions_.clause();
    }

    const EventFilter& filter_;
    const std::optional<EventStatus> status_;
    const bool wide_;
    const bool by_work_;
    SqlFilter conditions_;
};

// Sorted by status, the list is the lists of each status one after the other: nothing is sorted.
std::vector<EventSet> setsOf(const EventFilter& filter, bool wide) {
    std::vector<EventSet> sets;
    if (filter.status || filter.sort_by != EventSort::Status) {
        sets.emplace_back(filter, filter.status, wide);
        return sets;
    }
    auto order = kStatusOrder;
    if (!filter.ascending) std::reverse(order.begin(), order.end());
    for (const auto status : order)
        sets.emplace_back(filter, status, wide);
    return sets;
}

} // namespace

Page<EventRow> readEvents(const Database& database, const EventFilter& filter, PageRequest page) {
    const auto sets = setsOf(filter, isWide(database, filter));
    std::vector<std::int64_t> counts;
    Page<EventRow> result;
    for (const auto& set : sets)
        result.total += counts.emplace_back(set.count(database));

    const auto wanted = Range::of(page, result.total);
    EventRows rows{database};
    std::int64_t start = 0;
    for (std::size_t i = 0; i < sets.size(); start += counts[i], ++i) {
        const auto part = wanted.within(start, counts[i]);
        if (part.length == 0) continue;
        for (const auto id : sets[i].ids(database, part, counts[i]))
            if (auto row = rows.read(id)) result.items.push_back(std::move(*row));
    }
    return result;
}

} // namespace hookgate::store::sqlite
