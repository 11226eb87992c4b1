#include "core/store/sqlite/attempt_list.hpp"

#include "core/store/page_walk.hpp"
#include "core/store/sqlite/row_reading.hpp"
#include "core/store/sqlite/sql_filter.hpp"

#include <algorithm>

namespace hookgate::store::sqlite {
namespace {

constexpr std::int64_t kDelivered = 1;

// Where the ids come from: an index that has no more than what is asked for, if there is one.
std::string sourceOf(const AttemptFilter& filter) {
    if (filter.event_id) return " FROM attempt INDEXED BY attempt_event";
    if (filter.success && !*filter.success) return " FROM attempt INDEXED BY attempt_unsuccessful";
    return " FROM attempt";
}

std::int64_t totalOf(const Database& database, const AttemptFilter& filter,
                     const SqlFilter& conditions) {
    if (filter.event_id)
        return numberOf(database, "SELECT count(*)" + sourceOf(filter) + conditions.clause(),
                        conditions);
    std::int64_t total = 0;
    if (filter.success.value_or(true)) total += counterOf(database, "attempts_delivered");
    if (!filter.success.value_or(false))
        total += counterOf(database, "attempts_retry") + counterOf(database, "attempts_failed");
    return total;
}

} // namespace

AttemptRows::AttemptRows(const Database& database)
    : select_{database,
              "SELECT a.rest, e.id, e.rest, i.id, a.attempt_no, a.outcome, a.http_status, "
              "a.duration_ms, a.error, a.response FROM attempt a JOIN event e ON e.id = a.event "
              "JOIN integration i ON i.no = a.integration WHERE a.id = ?"} {}

std::optional<AttemptRow> AttemptRows::read(std::int64_t attempt_id) {
    const Use found{select_};
    if (!found->bind(attempt_id).step()) return std::nullopt;
    AttemptRow row;
    row.id = RowId{attempt_id, found->integer(0)}.uuid();
    row.event_id = RowId{found->integer(1), found->integer(2)}.uuid();
    row.integration_id = uuidOf(found->bytes(3));
    row.attempt_no = static_cast<std::int32_t>(found->integer(4));
    row.success = found->integer(5) == kDelivered;
    row.http_status = static_cast<std::int32_t>(found->integer(6));
    row.duration_ms = found->integer(7);
    row.error_message = found->bytes(8);
    row.response_body = found->bytes(9);
    row.created_at = timeOf(attempt_id);
    return row;
}

Page<AttemptRow> readAttempts(const Database& database, const AttemptFilter& filter,
                              PageRequest page) {
    SqlFilter conditions;
    if (filter.event_id) {
        const auto event = findRow(database, "event", *filter.event_id);
        if (!event) return {};
        conditions.where("event = ?", *event);
    }
    if (filter.success) conditions.where(*filter.success ? "outcome = 1" : "outcome > 1");

    Page<AttemptRow> result;
    result.total = totalOf(database, filter, conditions);
    const auto range = Range::of(page, result.total);
    if (range.length == 0) return result;
    const auto walk = Walk::to(range, result.total);
    const std::string direction = walk.direction(false);
    // Of one event, numbers rise as keys do, and the index has them in order.
    auto order = " ORDER BY " + (filter.event_id ? "attempt_no" + direction + ", " : "");
    order += "id" + direction;
    auto ids =
        rowIdsOf(database,
                 "SELECT id" + sourceOf(filter) + conditions.clause() + order + " LIMIT ? OFFSET ?",
                 conditions, walk.take, walk.skip);
    walk.straighten(ids);
    AttemptRows rows{database};
    for (const auto id : ids)
        if (auto row = rows.read(id)) result.items.push_back(std::move(*row));
    return result;
}

std::vector<AttemptRow> readAttemptsOf(const Database& database, std::int64_t event_id,
                                       std::int64_t most) {
    SqlFilter of_event;
    of_event.where("event = ?", event_id);
    auto ids = rowIdsOf(database,
                        "SELECT id FROM attempt INDEXED BY attempt_event" + of_event.clause() +
                            " ORDER BY attempt_no DESC, id DESC LIMIT ? OFFSET ?",
                        of_event, most, 0);
    std::reverse(ids.begin(), ids.end());
    AttemptRows rows{database};
    std::vector<AttemptRow> attempts;
    for (const auto id : ids)
        if (auto row = rows.read(id)) attempts.push_back(std::move(*row));
    return attempts;
}

} // namespace hookgate::store::sqlite
