#include "core/store/postgresql/event_list.hpp"

#include "core/domain/event_status.hpp"
#include "core/store/page_walk.hpp"
#include "core/store/postgresql/event_rows.hpp"
#include "core/store/postgresql/sql_filter.hpp"
#include "core/store/postgresql/subject_filter.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace hookgate::store::postgresql {
namespace {

using domain::EventStatus;

constexpr std::array kStatusOrder{EventStatus::Pending, EventStatus::Processing,
                                  EventStatus::Processed, EventStatus::Retrying,
                                  EventStatus::Failed};

constexpr std::string_view conditionOf(EventStatus status) noexcept {
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

// " IN (1,2)" of the provider's integrations; empty when there is none. Numbers of the database's
// own may stand in a statement, where the planner sees them.
std::string integrationsOf(Snapshot& snapshot, const std::string& provider) {
    if (!isText(provider)) return {};
    Parameters parameters;
    parameters.add(provider);
    const auto found =
        snapshot.query("SELECT no FROM integration WHERE provider = $1::text", parameters);
    std::string list;
    for (int i = 0; i < found.rows(); ++i)
        list += (i == 0 ? " IN (" : ",") + std::to_string(found.integer(i, 0));
    return list.empty() ? list : list + ')';
}

// The events of one status, or of all, that pass the rest of the filter. Unfinished events are
// found through their work rows, without a look at the events where the filter needs none.
class EventSet {
public:
    EventSet(const EventFilter& filter, std::optional<EventStatus> status,
             const std::string& integrations)
        : filter_{filter},
          status_{status},
          integrations_{integrations},
          by_work_{status && *status != EventStatus::Processed} {
        if (!integrations.empty())
            conditions_.where((by_work_ ? "w.integration" : "e.integration") + integrations);
        if (status) conditions_.where(conditionOf(*status));
        if (filter.event_type) conditions_.where("e.type = ?::bytea", *filter.event_type);
        if (filter.subject) addSubject(conditions_, *filter.subject);
        if (filter.from) conditions_.where("e.occurred_at >= ?::int8", *filter.from);
        if (filter.to) conditions_.where("e.occurred_at <= ?::int8", *filter.to);
        if (filter.test) conditions_.where(*filter.test ? "e.test" : "NOT e.test");
    }

    std::int64_t count(Snapshot& snapshot) const {
        if (by_work_ || looksAtContent(filter_)) {
            Parameters parameters;
            const auto sql = "SELECT count(*)" + from(parameters, looksAtContent(filter_));
            return snapshot.number(sql, parameters);
        }
        const std::string mine = integrations_.empty() ? "" : " WHERE integration" + integrations_;
        auto total = snapshot.number("SELECT coalesce(sum(events), 0)::int8 FROM counter" + mine);
        if (status_) total -= snapshot.number("SELECT count(*) FROM work" + mine);
        return std::max<std::int64_t>(total, 0);
    }

    std::vector<domain::Uuid> ids(Snapshot& snapshot, Range range, std::int64_t total) const {
        const auto walk = Walk::to(range, total);
        const std::string direction = walk.direction(filter_.ascending);
        const bool by_time = filter_.sort_by == EventSort::OccurredAt;
        const std::string key = by_work_ ? "w.event" : "e.id";
        Parameters parameters;
        auto sql =
            "SELECT " + key + from(parameters, by_time || looksAtContent(filter_)) + " ORDER BY ";
        if (by_time) sql += "e.occurred_at" + direction + ", ";
        sql += key + direction;
        appendPart(sql, walk.take, walk.skip);
        const auto found = snapshot.query(sql, parameters);
        std::vector<domain::Uuid> ids;
        ids.reserve(static_cast<std::size_t>(found.rows()));
        for (int i = 0; i < found.rows(); ++i)
            ids.push_back(found.uuid(i, 0));
        walk.straighten(ids);
        return ids;
    }

private:
    std::string from(Parameters& parameters, bool needs_event) const {
        std::string tables = " FROM event e";
        if (by_work_)
            tables = needs_event ? " FROM work w JOIN event e ON e.id = w.event" : " FROM work w";
        return tables + conditions_.clause(parameters);
    }

    const EventFilter& filter_;
    const std::optional<EventStatus> status_;
    const std::string integrations_;
    const bool by_work_;
    SqlFilter conditions_;
};

// Sorted by status, the list is the lists of each status one after the other: nothing is sorted.
std::vector<EventSet> setsOf(const EventFilter& filter, const std::string& integrations) {
    std::vector<EventSet> sets;
    if (filter.status || filter.sort_by != EventSort::Status) {
        sets.emplace_back(filter, filter.status, integrations);
        return sets;
    }
    auto order = kStatusOrder;
    if (!filter.ascending) std::reverse(order.begin(), order.end());
    for (const auto status : order)
        sets.emplace_back(filter, status, integrations);
    return sets;
}

} // namespace

Page<EventRow> readEvents(Snapshot& snapshot, const EventFilter& filter, PageRequest page) {
    Page<EventRow> result;
    std::string integrations;
    if (filter.provider) {
        integrations = integrationsOf(snapshot, *filter.provider);
        if (integrations.empty()) return result;
    }
    const auto sets = setsOf(filter, integrations);
    std::vector<std::int64_t> counts;
    for (const auto& set : sets)
        result.total += counts.emplace_back(set.count(snapshot));

    const auto wanted = Range::of(page, result.total);
    std::vector<domain::Uuid> ids;
    std::int64_t start = 0;
    for (std::size_t i = 0; i < sets.size(); start += counts[i], ++i) {
        const auto part = wanted.within(start, counts[i]);
        if (part.length == 0) continue;
        const auto found = sets[i].ids(snapshot, part, counts[i]);
        ids.insert(ids.end(), found.begin(), found.end());
    }
    result.items = readEventRows(snapshot, ids);
    return result;
}

} // namespace hookgate::store::postgresql
