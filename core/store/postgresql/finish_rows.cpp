#include "core/store/postgresql/finish_rows.hpp"

#include "core/store/postgresql/work_changes.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace hookgate::store::postgresql {
namespace {

// $2 and $3 name the delivered and the others once more, and state + 0 keeps the index of due work
// out: however the tables looked when this was planned, rows are found through the key. Rows that a
// replay looks at are left to WorkChanges.
constexpr Statement kFinish{
    "finish",
    "WITH moment AS MATERIALIZED (SELECT coalesce($1::bigint, now_ms()) AS now), "
    "given AS MATERIALIZED (SELECT * FROM unnest($4::uuid[], $5::integer[], $6::bigint[], "
    "$7::integer[], $8::smallint[], $9::bigint[], $10::uuid[], $11::integer[], $12::integer[], "
    "$13::integer[], $14::bytea[], $15::bytea[]) "
    "g(event, generation, claim, attempt_no, outcome, retry_in, id, day, http_status, "
    "duration_ms, error, response)), "
    "gone AS (DELETE FROM work w USING given g WHERE w.event = ANY($2::uuid[]) "
    "AND w.event = g.event AND w.generation = g.generation AND w.claim = g.claim "
    "AND w.state + 0 = 1 AND NOT w.replay_next AND NOT w.watched "
    "RETURNING w.event, w.integration, greatest(g.attempt_no, w.attempts + 1) AS attempt_no), "
    "changed AS (UPDATE work w SET state = g.outcome * 2 - 4, due_at = m.now + g.retry_in, "
    "attempts = greatest(g.attempt_no, w.attempts + 1), sends = w.sends + 1, unknown = 0 "
    "FROM given g, moment m "
    "WHERE w.event = ANY($3::uuid[]) AND w.event = g.event AND w.generation = g.generation "
    "AND w.claim = g.claim AND w.state + 0 = 1 AND NOT w.replay_next AND NOT w.watched "
    "RETURNING w.event, w.integration, w.attempts AS attempt_no), "
    "own AS MATERIALIZED (SELECT o.event, o.integration, o.attempt_no, g.generation, g.outcome, "
    "g.id, g.day, g.http_status, g.duration_ms, g.error, g.response FROM "
    "(SELECT * FROM gone UNION ALL SELECT * FROM changed) o JOIN given g USING (event)), "
    "recorded AS (INSERT INTO attempt (id, event, integration, attempt_no, generation, "
    "http_status, duration_ms, outcome, error, response) SELECT id, event, integration, "
    "attempt_no, generation, http_status, duration_ms, outcome, error, response FROM own), "
    "counted AS (INSERT INTO counter AS c (day, integration, slot, delivered, retried, failed) "
    "SELECT day, integration, pg_backend_pid() % 64, count(*) FILTER (WHERE outcome = 1), "
    "count(*) FILTER (WHERE outcome = 2), count(*) FILTER (WHERE outcome = 3) FROM own "
    "GROUP BY day, integration ORDER BY day, integration "
    "ON CONFLICT (day, integration, slot) DO UPDATE SET delivered = c.delivered + "
    "excluded.delivered, retried = c.retried + excluded.retried, "
    "failed = c.failed + excluded.failed) "
    "SELECT event FROM own"};

constexpr Statement kRenew{
    "renew",
    "WITH moment AS MATERIALIZED (SELECT coalesce($1::bigint, now_ms()) AS now) "
    "UPDATE work w SET claim = w.claim + 1, due_at = m.now + $2::bigint FROM moment m, "
    "unnest($3::uuid[], $4::integer[], $5::bigint[]) u(event, generation, claim) "
    "WHERE w.event = ANY($3::uuid[]) AND w.event = u.event AND w.generation = u.generation "
    "AND w.claim = u.claim AND w.state + 0 = 1 RETURNING w.event, w.claim"};

constexpr Statement kRelease{
    "release",
    "WITH moment AS MATERIALIZED (SELECT coalesce($1::bigint, now_ms()) AS now) "
    "UPDATE work w SET state = 0, due_at = m.now FROM moment m, "
    "unnest($2::uuid[], $3::integer[], $4::bigint[]) u(event, generation, claim) "
    "WHERE w.event = ANY($2::uuid[]) AND w.event = u.event AND w.generation = u.generation "
    "AND w.claim = u.claim AND w.state + 0 = 1 AND NOT w.replay_next RETURNING w.event"};

struct ResultArrays {
    Array delivered{Type::Uuid};
    Array others{Type::Uuid};
    Array events{Type::Uuid};
    Array generations{Type::Int4};
    Array claims{Type::Int8};
    Array numbers{Type::Int4};
    Array outcomes{Type::Int2};
    Array retries{Type::Int8};
    Array ids{Type::Uuid};
    Array days{Type::Int4};
    Array statuses{Type::Int4};
    Array durations{Type::Int4};
    Array errors{Type::Bytea};
    Array responses{Type::Bytea};

    void add(const domain::DeliveryResult& result, const Context& context) {
        const bool done = result.outcome == domain::DeliveryOutcome::Delivered;
        const bool again = result.outcome == domain::DeliveryOutcome::Retry;
        (done ? delivered : others).add(result.ref.event_id);
        events.add(result.ref.event_id);
        generations.add(result.ref.generation);
        claims.add(result.ref.claim);
        numbers.add(result.attempt_no);
        outcomes.add(static_cast<std::int16_t>(done ? 1 : again ? 2 : 3));
        // As long from now as the sender meant: its clock is not the database's.
        retries.add(again ? std::max<std::int64_t>(result.retry_at - context.clock.unixMs(), 0)
                          : std::int64_t{0});
        ids.add(context.ids.next());
        days.add(dayOf(result.ref.event_id));
        statuses.add(result.http_status);
        durations.add(static_cast<std::int32_t>(result.duration_ms));
        errors.add(std::string_view{result.error_message});
        responses.add(std::string_view{result.response_body});
    }

    Parameters take(const Context& context) {
        Parameters parameters;
        parameters.add(context.now());
        for (auto* array :
             {&delivered, &others, &events, &generations, &claims, &numbers, &outcomes, &retries,
              &ids, &days, &statuses, &durations, &errors, &responses})
            parameters.add(std::move(*array));
        return parameters;
    }
};

struct RefArrays {
    Array events{Type::Uuid};
    Array generations{Type::Int4};
    Array claims{Type::Int8};

    explicit RefArrays(std::span<const domain::WorkRef> refs) {
        for (const auto& ref : refs) {
            events.add(ref.event_id);
            generations.add(ref.generation);
            claims.add(ref.claim);
        }
    }

    void moveTo(Parameters& parameters) {
        parameters.add(std::move(events)).add(std::move(generations)).add(std::move(claims));
    }
};

// Locks are taken in the order of events, by every batch.
std::vector<domain::WorkRef> inOrder(std::span<const domain::WorkRef> refs) {
    std::vector<domain::WorkRef> ordered{refs.begin(), refs.end()};
    std::sort(ordered.begin(), ordered.end(),
              [](const auto& a, const auto& b) { return a.event_id < b.event_id; });
    return ordered;
}

} // namespace

std::uint64_t finishResults(Connection& connection, const Context& context,
                            std::span<const domain::DeliveryResult> results) {
    std::vector<const domain::DeliveryResult*> ordered;
    for (const auto& result : results)
        ordered.push_back(&result);
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) {
        return a->ref.event_id < b->ref.event_id;
    });
    // Of two results of one event the statement could take either.
    const auto repeated = std::adjacent_find(ordered.begin(), ordered.end(), [](auto* a, auto* b) {
        return a->ref.event_id == b->ref.event_id;
    });
    std::unordered_set<base::Uuid> own;
    if (repeated == ordered.end()) {
        ResultArrays arrays;
        for (const auto* result : ordered)
            arrays.add(*result, context);
        const auto found = connection.run(kFinish, arrays.take(context));
        for (int i = 0; i < found.rows(); ++i)
            own.insert(found.uuid(i, 0));
        if (own.size() == results.size()) return 0;
    }

    std::uint64_t overtaken = 0;
    Transaction transaction{connection};
    WorkChanges changes{connection, context};
    for (const auto* result : ordered)
        if (!own.contains(result->ref.event_id)) overtaken += changes.finish(*result) ? 0U : 1U;
    transaction.commit();
    return overtaken;
}

std::vector<std::optional<std::int64_t>> renewLeases(Connection& connection, const Context& context,
                                                     std::span<const domain::WorkRef> refs,
                                                     std::int64_t lease_ms) {
    Parameters parameters;
    parameters.add(context.now()).add(lease_ms);
    RefArrays{inOrder(refs)}.moveTo(parameters);
    const auto renewed = connection.run(kRenew, parameters);
    std::unordered_map<base::Uuid, std::int64_t> claims;
    for (int i = 0; i < renewed.rows(); ++i)
        claims.emplace(renewed.uuid(i, 0), renewed.integer(i, 1));
    std::vector<std::optional<std::int64_t>> answers;
    for (const auto& ref : refs) {
        const auto claim = claims.find(ref.event_id);
        answers.push_back(claim == claims.end() ? std::nullopt : std::optional{claim->second});
    }
    return answers;
}

void releaseLeases(Connection& connection, const Context& context,
                   std::span<const domain::WorkRef> refs) {
    Parameters parameters;
    parameters.add(context.now());
    RefArrays{inOrder(refs)}.moveTo(parameters);
    const auto released = connection.run(kRelease, parameters);
    if (static_cast<std::size_t>(released.rows()) == refs.size()) return;
    std::unordered_set<base::Uuid> done;
    for (int i = 0; i < released.rows(); ++i)
        done.insert(released.uuid(i, 0));
    Transaction transaction{connection};
    WorkChanges changes{connection, context};
    for (const auto& ref : inOrder(refs))
        if (!done.contains(ref.event_id)) changes.release(ref);
    transaction.commit();
}

} // namespace hookgate::store::postgresql
