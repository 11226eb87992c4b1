#include "core/store/postgresql/attempt_list.hpp"

#include "core/store/event_jobs.hpp"
#include "core/store/page_walk.hpp"
#include "core/store/postgresql/sql_filter.hpp"

#include <algorithm>
#include <string>

namespace hookgate::store::postgresql {
namespace {

constexpr std::int64_t kDelivered = 1;

std::int64_t totalOf(Snapshot& snapshot, const AttemptFilter& filter, const SqlFilter& conditions) {
    if (filter.event_id) {
        Parameters parameters;
        return snapshot.number("SELECT count(*) FROM attempt" + conditions.clause(parameters),
                               parameters);
    }
    std::string counted = "delivered + retried + failed";
    if (filter.success) counted = *filter.success ? "delivered" : "retried + failed";
    return snapshot.number("SELECT coalesce(sum(" + counted + "), 0)::int8 FROM counter");
}

// The chosen rows first: what is skipped is neither joined nor fetched whole.
std::vector<AttemptRow> read(Snapshot& snapshot, const SqlFilter& conditions,
                             const std::string& key, const Walk& walk) {
    const auto order = " ORDER BY a." + key + walk.direction(false);
    Parameters parameters;
    auto sql =
        "SELECT a.id, a.event, i.id, a.attempt_no, a.outcome, a.http_status, a.duration_ms, "
        "a.error, a.response FROM (SELECT * FROM attempt a" +
        conditions.clause(parameters) + order;
    appendPart(sql, walk.take, walk.skip);
    sql += ") a JOIN integration i ON i.no = a.integration" + order;
    const auto found = snapshot.query(sql, parameters);
    std::vector<AttemptRow> rows;
    for (int i = 0; i < found.rows(); ++i) {
        auto& row = rows.emplace_back();
        row.id = found.uuid(i, 0);
        row.event_id = found.uuid(i, 1);
        row.integration_id = found.uuid(i, 2);
        row.attempt_no = static_cast<std::int32_t>(found.integer(i, 3));
        row.success = found.integer(i, 4) == kDelivered;
        row.http_status = static_cast<std::int32_t>(found.integer(i, 5));
        row.duration_ms = found.integer(i, 6);
        row.error_message = found.bytes(i, 7);
        row.response_body = found.bytes(i, 8);
        row.created_at = timeOf(row.id);
    }
    walk.straighten(rows);
    return rows;
}

} // namespace

Page<AttemptRow> readAttempts(Snapshot& snapshot, const AttemptFilter& filter, PageRequest page) {
    SqlFilter conditions;
    if (filter.event_id) conditions.where("event = ?::uuid", *filter.event_id);
    if (filter.success) conditions.where(*filter.success ? "outcome = 1" : "outcome > 1");

    Page<AttemptRow> result;
    result.total = totalOf(snapshot, filter, conditions);
    const auto range = Range::of(page, result.total);
    if (range.length == 0) return result;
    // Of one event, numbers rise as ids do, and the primary key has them in order.
    result.items = read(snapshot, conditions, filter.event_id ? "attempt_no" : "id",
                        Walk::to(range, result.total));
    return result;
}

std::vector<AttemptRow> readAttemptsOf(Snapshot& snapshot, const domain::Uuid& event,
                                       std::int64_t most) {
    SqlFilter of_event;
    of_event.where("event = ?::uuid", event);
    auto rows = read(snapshot, of_event, "attempt_no", {.skip = 0, .take = most});
    std::reverse(rows.begin(), rows.end());
    return rows;
}

} // namespace hookgate::store::postgresql
