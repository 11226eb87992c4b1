#include "core/store/sqlite/retention.hpp"

#include <string>

namespace hookgate::store::sqlite {
namespace {

// Few enough rows that ingest, which shares the transaction, hardly notices.
constexpr std::int64_t kDeletedAtOnce = 100;
constexpr std::int64_t kLookedAtOnce = 2000;

// The events of one step, in the temporary table `doomed`. Returns where the next step begins.
std::int64_t choose(Database& database, std::int64_t position, std::int64_t below) {
    database.execute(
        "CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY, webhook INTEGER); "
        "DELETE FROM doomed");
    Statement window{database,
                     "SELECT max(id) FROM (SELECT id FROM event WHERE id > ? AND id < ? "
                     "ORDER BY id LIMIT ?)"};
    window.bind(position).bind(below).bind(kLookedAtOnce).step();
    const auto last = window.integer(0);
    if (last == 0) return 0;
    Statement insert{database,
                     "INSERT INTO doomed SELECT id, webhook FROM event e WHERE id > ? AND id <= ? "
                     "AND NOT EXISTS (SELECT 1 FROM work w WHERE w.event = e.id) "
                     "ORDER BY id LIMIT ?"};
    const auto chosen = insert.bind(position).bind(last).bind(kDeletedAtOnce).run();
    return chosen == kDeletedAtOnce ? database.integer("SELECT max(id) FROM doomed") : last;
}

Total totalOf(std::int64_t outcome) noexcept {
    if (outcome == 1) return Total::AttemptsDelivered;
    return outcome == 2 ? Total::AttemptsRetry : Total::AttemptsFailed;
}

std::size_t deleteChosen(Database& database, Counters& counters) {
    Statement attempts{database,
                       "DELETE FROM attempt WHERE event IN (SELECT id FROM doomed) "
                       "RETURNING outcome"};
    while (attempts.step())
        counters.add(totalOf(attempts.integer(0)), 0, -1);
    // A key that another one may have been moved past stays as a mark; ingest uses it again.
    database.execute(
        "DELETE FROM dedupe WHERE key IN (SELECT e.dedupe FROM event e JOIN doomed d ON e.id = "
        "d.id) AND NOT EXISTS (SELECT 1 FROM dedupe n WHERE n.key = dedupe.key + 1);"
        "DELETE FROM replay_request WHERE event IN (SELECT id FROM doomed)");
    std::size_t rows = 0;
    Statement events{database,
                     "DELETE FROM event WHERE id IN (SELECT id FROM doomed) RETURNING integration"};
    for (; events.step(); ++rows)
        counters.add(Total::Events, events.integer(0), -1);
    Statement webhooks{
        database,
        "DELETE FROM webhook WHERE id IN (SELECT webhook FROM doomed) AND (event_count = 1 OR NOT "
        "EXISTS (SELECT 1 FROM event e WHERE e.webhook = webhook.id AND e.part = 1)) "
        "RETURNING integration"};
    while (webhooks.step())
        counters.add(Total::Webhooks, webhooks.integer(0), -1);
    return rows;
}

RetentionStep deleteAudit(Database& database, Counters& counters, std::int64_t below,
                          std::int64_t position) {
    Statement audit{
        database,
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)"};
    const auto rows = audit.bind(below).bind(kDeletedAtOnce).run();
    counters.add(Total::Audit, 0, -rows);
    return {static_cast<std::size_t>(rows), position, rows == 0};
}

} // namespace

RetentionStep retainStep(Database& database, Counters& counters, domain::UnixMs cutoff,
                         std::int64_t position) {
    Statement record{database,
                     "UPDATE meta SET value = ? WHERE name = 'retention_cutoff' AND value < ?"};
    record.bind(cutoff).bind(cutoff).run();
    const auto below = cutoff << 12;
    const auto next = choose(database, position, below);
    if (next == 0) return deleteAudit(database, counters, below, position);
    return {deleteChosen(database, counters), next, false};
}

} // namespace hookgate::store::sqlite
