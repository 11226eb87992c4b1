#include "core/store/sqlite/retention.hpp"

#include <string>

namespace hookgate::store::sqlite {
namespace {

// Few enough rows that ingest, which shares the transaction, does not notice.
constexpr std::size_t kRowsAtOnce = 200;

void countDown(Database& database, Counters& counters, const std::string& condition) {
    Statement attempts{database,
                       "SELECT outcome, count(*) FROM attempt WHERE event IN (SELECT id FROM "
                       "doomed) GROUP BY outcome"};
    while (attempts.step())
        counters.add(attempts.integer(0) == 1   ? "attempts_delivered"
                     : attempts.integer(0) == 2 ? "attempts_retry"
                                                : "attempts_failed",
                     0, -attempts.integer(1));
    Statement events{database, "SELECT integration, count(*) FROM event WHERE " + condition +
                                   " GROUP BY integration"};
    while (events.step())
        counters.add("events", events.integer(0), -events.integer(1));
}

std::size_t deleteEvents(Database& database, Counters& counters, std::int64_t below) {
    database.execute(
        "CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY); DELETE FROM doomed");
    Statement choose{database,
                     "INSERT INTO doomed SELECT id FROM event WHERE id < ? "
                     "AND id NOT IN (SELECT event FROM work) ORDER BY id LIMIT ?"};
    const auto chosen = choose.bind(below).bind(static_cast<std::int64_t>(kRowsAtOnce)).run();
    if (chosen == 0) return 0;
    countDown(database, counters, "id IN (SELECT id FROM doomed)");
    database.execute(
        "DELETE FROM dedupe WHERE key IN (SELECT dedupe FROM event WHERE id IN (SELECT id FROM "
        "doomed));"
        "DELETE FROM replay_request WHERE event IN (SELECT id FROM doomed);"
        "DELETE FROM attempt WHERE event IN (SELECT id FROM doomed);"
        "DELETE FROM event WHERE id IN (SELECT id FROM doomed)");
    return static_cast<std::size_t>(chosen);
}

} // namespace

std::size_t deleteOlderThan(Database& database, Counters& counters, domain::UnixMs cutoff) {
    Statement record{database,
                     "UPDATE meta SET value = max(value, ?) WHERE name = 'retention_cutoff'"};
    record.bind(cutoff).run();
    const auto below = cutoff << 12;
    auto rows = deleteEvents(database, counters, below);
    if (rows > 0) return rows;

    Statement webhooks{
        database,
        "DELETE FROM webhook WHERE id IN (SELECT w.id FROM webhook w WHERE w.id < ? AND NOT EXISTS "
        "(SELECT 1 FROM event e WHERE e.id > w.id AND e.id < w.id + (60000 << 12) AND e.webhook = "
        "w.id) "
        "ORDER BY w.id LIMIT ?) RETURNING integration"};
    webhooks.bind(below).bind(static_cast<std::int64_t>(kRowsAtOnce));
    while (webhooks.step()) {
        counters.add("webhooks", webhooks.integer(0), -1);
        ++rows;
    }
    if (rows > 0) return rows;

    Statement audit{
        database,
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)"};
    rows = static_cast<std::size_t>(
        audit.bind(below).bind(static_cast<std::int64_t>(kRowsAtOnce)).run());
    counters.add("audit", 0, -static_cast<std::int64_t>(rows));
    return rows;
}

} // namespace hookgate::store::sqlite
