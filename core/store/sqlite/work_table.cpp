#include "core/store/sqlite/work_table.hpp"

#include <string>
#include <string_view>

namespace hookgate::store::sqlite {
namespace {

std::string select(std::string_view rest) {
    return "SELECT event, integration, due_at, state, generation, claim, attempts, sends, "
           "forgiven, "
           "unknown, replay_next, started_at FROM work " +
           std::string{rest};
}

WorkRow read(const Statement& statement) {
    return {.event = statement.integer(0),
            .integration = statement.integer(1),
            .due_at = statement.integer(2),
            .state = static_cast<WorkState>(statement.integer(3)),
            .generation = statement.integer(4),
            .claim = statement.integer(5),
            .attempts = statement.integer(6),
            .sends = statement.integer(7),
            .forgiven = statement.integer(8),
            .unknown = statement.integer(9),
            .replay_next = statement.integer(10) != 0,
            .started_at = statement.integer(11)};
}

Total totalOf(domain::EventStatus status) noexcept {
    switch (status) {
        case domain::EventStatus::Processing:
            return Total::Processing;
        case domain::EventStatus::Retrying:
            return Total::Retrying;
        case domain::EventStatus::Failed:
            return Total::Failed;
        default:
            return Total::Pending;
    }
}

} // namespace

domain::EventStatus WorkRow::status() const noexcept {
    if (state == WorkState::Failed) return domain::EventStatus::Failed;
    if (state == WorkState::Leased) return domain::EventStatus::Processing;
    return sends > 0 || unknown > 0 ? domain::EventStatus::Retrying : domain::EventStatus::Pending;
}

void WorkRow::beginGeneration(domain::UnixMs now) noexcept {
    ++generation;
    ++claim;
    state = WorkState::Due;
    due_at = now;
    started_at = now;
    sends = 0;
    forgiven = 0;
    unknown = 0;
    replay_next = false;
}

WorkTable::WorkTable(const Database& database, Counters& counters)
    : counters_{counters},
      find_{database, select("WHERE event = ?")},
      due_{database,
           select("INDEXED BY work_due WHERE integration = ? AND state < 2 AND due_at <= ? "
                  "ORDER BY due_at LIMIT ?")},
      insert_{database,
              "INSERT INTO work (due_at, state, generation, claim, attempts, sends, forgiven, "
              "unknown, replay_next, started_at, integration, event) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      update_{database,
              "UPDATE work SET due_at = ?, state = ?, generation = ?, claim = ?, attempts = ?, "
              "sends = ?, forgiven = ?, unknown = ?, replay_next = ?, started_at = ? "
              "WHERE event = ?"},
      remove_{database, "DELETE FROM work WHERE event = ?"} {}

std::optional<WorkRow> WorkTable::find(std::int64_t event) {
    const Use find{find_};
    if (!find->bind(event).step()) return std::nullopt;
    return read(*find);
}

std::vector<WorkRow> WorkTable::due(std::int64_t integration, domain::UnixMs now,
                                    std::size_t most) {
    std::vector<WorkRow> rows;
    const Use due{due_};
    due->bind(integration).bind(now).bind(static_cast<std::int64_t>(most));
    while (due->step())
        rows.push_back(read(*due));
    return rows;
}

namespace {

Statement& bindState(Statement& statement, const WorkRow& row) {
    statement.bind(row.due_at).bind(static_cast<std::int64_t>(row.state)).bind(row.generation);
    statement.bind(row.claim).bind(row.attempts).bind(row.sends).bind(row.forgiven);
    return statement.bind(row.unknown).bind(row.replay_next ? 1 : 0).bind(row.started_at);
}

} // namespace

void WorkTable::insert(const WorkRow& row) {
    bindState(insert_, row).bind(row.integration).bind(row.event).run();
    count(row, 1);
}

void WorkTable::update(const WorkRow& before, const WorkRow& after) {
    bindState(update_, after).bind(after.event).run();
    count(before, -1);
    count(after, 1);
}

void WorkTable::remove(const WorkRow& row) {
    remove_.bind(row.event).run();
    count(row, -1);
}

void WorkTable::count(const WorkRow& row, std::int64_t delta) {
    counters_.add(totalOf(row.status()), row.integration, delta);
}

} // namespace hookgate::store::sqlite
