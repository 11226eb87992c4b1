#include "core/store/postgresql/work_table.hpp"

#include <string_view>
#include <utility>

namespace hookgate::store::postgresql {
namespace {

constexpr Statement kNow{"work_now", "SELECT coalesce($1::bigint, now_ms())"};

constexpr Statement kFind{
    "work_find",
    "SELECT w.event, w.due_at, w.claim, w.started_at, w.integration, w.generation, w.attempts, "
    "w.sends, w.forgiven, w.unknown, w.state, w.replay_next, w.watched "
    "FROM work w WHERE event = $1::uuid FOR UPDATE"};

constexpr Statement kInsert{
    "work_insert",
    "INSERT INTO work (event, due_at, claim, started_at, integration, generation, attempts, sends, "
    "forgiven, unknown, state, replay_next, watched) SELECT * FROM unnest($1::uuid[], "
    "$2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], $6::integer[], $7::integer[], "
    "$8::integer[], $9::integer[], $10::smallint[], $11::smallint[], $12::boolean[], "
    "$13::boolean[]) ON CONFLICT (event) DO NOTHING"};

// ANY() beside the join: however small the table seemed when this was planned, rows are found
// through the key.
constexpr Statement kUpdate{
    "work_update",
    "UPDATE work w SET due_at = u.due_at, claim = u.claim, started_at = u.started_at, "
    "generation = u.generation, attempts = u.attempts, sends = u.sends, forgiven = u.forgiven, "
    "unknown = u.unknown, state = u.state, replay_next = u.replay_next, watched = u.watched "
    "FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], "
    "$6::integer[], $7::integer[], $8::integer[], $9::integer[], $10::smallint[], "
    "$11::smallint[], $12::boolean[], $13::boolean[]) u(event, due_at, claim, started_at, "
    "integration, generation, attempts, sends, forgiven, unknown, state, replay_next, watched) "
    "WHERE w.event = ANY($1::uuid[]) AND w.event = u.event"};

constexpr Statement kRemove{"work_remove", "DELETE FROM work WHERE event = $1::uuid"};

constexpr Statement kInsertAttempts{
    "work_attempts",
    "INSERT INTO attempt (id, event, integration, attempt_no, generation, http_status, "
    "duration_ms, outcome, error, response) SELECT * FROM unnest($1::uuid[], $2::uuid[], "
    "$3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::smallint[], "
    "$9::bytea[], $10::bytea[])"};

Parameters parametersOf(std::span<const WorkRow> rows) {
    Array events{Type::Uuid};
    Array due{Type::Int8};
    Array claims{Type::Int8};
    Array started{Type::Int8};
    Array integrations{Type::Int4};
    Array generations{Type::Int4};
    Array attempts{Type::Int4};
    Array sends{Type::Int4};
    Array forgiven{Type::Int4};
    Array unknown{Type::Int2};
    Array states{Type::Int2};
    Array replays{Type::Boolean};
    Array watched{Type::Boolean};
    for (const auto& row : rows) {
        events.add(row.event);
        due.add(row.due_at);
        claims.add(row.claim);
        started.add(row.started_at);
        integrations.add(row.integration);
        generations.add(row.generation);
        attempts.add(row.attempts);
        sends.add(row.sends);
        forgiven.add(row.forgiven);
        unknown.add(row.unknown);
        states.add(static_cast<std::int16_t>(row.state));
        replays.add(row.replay_next);
        watched.add(row.watched);
    }
    Parameters parameters;
    for (auto* array : {&events, &due, &claims, &started, &integrations, &generations, &attempts,
                        &sends, &forgiven, &unknown, &states, &replays, &watched})
        parameters.add(std::move(*array));
    return parameters;
}

Total totalOf(std::int16_t outcome) noexcept {
    if (outcome == 1) return Total::Delivered;
    return outcome == 2 ? Total::Retried : Total::Failed;
}

} // namespace

void WorkRow::beginGeneration(domain::UnixMs now) noexcept {
    ++generation;
    ++claim;
    state = WorkState::Due;
    due_at = now;
    started_at = now;
    sends = 0;
    forgiven = 0;
    unknown = 0;
    watched = replay_next;
    replay_next = false;
}

WorkRow readWork(const Result& result, int row) {
    const auto number = [&](int column) {
        return static_cast<std::int32_t>(result.integer(row, column));
    };
    return {.event = result.uuid(row, 0),
            .due_at = result.integer(row, 1),
            .claim = result.integer(row, 2),
            .started_at = result.integer(row, 3),
            .integration = number(4),
            .generation = number(5),
            .attempts = number(6),
            .sends = number(7),
            .forgiven = number(8),
            .unknown = static_cast<std::int16_t>(result.integer(row, 9)),
            .state = static_cast<WorkState>(result.integer(row, 10)),
            .replay_next = result.boolean(row, 11),
            .watched = result.boolean(row, 12)};
}

WorkTable::WorkTable(Connection& connection, const Context& context)
    : connection_{connection},
      context_{context},
      now_{connection.run(kNow, Parameters{}.add(context.now())).integer(0, 0)} {}

std::optional<WorkRow> WorkTable::find(const base::Uuid& event) {
    const auto found = connection_.run(kFind, Parameters{}.add(event));
    if (found.rows() == 0) return std::nullopt;
    return readWork(found, 0);
}

bool WorkTable::insert(const WorkRow& row) {
    return connection_.run(kInsert, parametersOf({&row, 1})).changed() == 1;
}

void WorkTable::update(std::span<const WorkRow> rows) {
    if (!rows.empty()) connection_.run(kUpdate, parametersOf(rows));
}

void WorkTable::remove(const base::Uuid& event) {
    connection_.run(kRemove, Parameters{}.add(event));
}

void WorkTable::addAttempt(const WorkRow& row, std::int16_t outcome,
                           const domain::DeliveryResult& result) {
    attempts_.push_back({context_.ids.next(), row, outcome, result});
    counters_.add(totalOf(outcome), dayOf(row.event), row.integration, 1);
}

void WorkTable::flush() {
    if (!attempts_.empty()) {
        Array ids{Type::Uuid};
        Array events{Type::Uuid};
        Array integrations{Type::Int4};
        Array numbers{Type::Int4};
        Array generations{Type::Int4};
        Array statuses{Type::Int4};
        Array durations{Type::Int4};
        Array outcomes{Type::Int2};
        Array errors{Type::Bytea};
        Array responses{Type::Bytea};
        for (const auto& attempt : attempts_) {
            ids.add(attempt.id);
            events.add(attempt.row.event);
            integrations.add(attempt.row.integration);
            numbers.add(attempt.row.attempts);
            generations.add(attempt.row.generation);
            statuses.add(attempt.result.http_status);
            durations.add(static_cast<std::int32_t>(attempt.result.duration_ms));
            outcomes.add(attempt.outcome);
            errors.add(std::string_view{attempt.result.error_message});
            responses.add(std::string_view{attempt.result.response_body});
        }
        Parameters parameters;
        for (auto* array : {&ids, &events, &integrations, &numbers, &generations, &statuses,
                            &durations, &outcomes, &errors, &responses})
            parameters.add(std::move(*array));
        connection_.run(kInsertAttempts, parameters);
        attempts_.clear();
    }
    counters_.store(connection_);
}

} // namespace hookgate::store::postgresql
