#include "core/store/postgresql/ingest_rows.hpp"

#include "core/base/hex.hpp"
#include "core/base/json_writer.hpp"
#include "core/store/postgresql/audit_rows.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hookgate::store::postgresql {
namespace {

constexpr int kRoundsMax = 5;

// Rows come in order of their keys: two batches that share keys would otherwise wait for each other
// crosswise. What depends on the rows that were taken is written by the same statement. Payloads
// and bodies go from their arrays straight into their tables: what a CTE holds is copied once more.
constexpr Statement kInsert{
    "ingest",
    "WITH moment AS MATERIALIZED (SELECT coalesce($1::bigint, now_ms()) AS now), "
    "taken AS (INSERT INTO dedupe (key, event, body) "
    "SELECT key, event, body FROM unnest($3::uuid[], $4::uuid[], $6::bigint[]) u(key, event, body) "
    "ON CONFLICT (key) DO NOTHING RETURNING event), "
    "events AS (INSERT INTO event (id, webhook, occurred_at, integration, part, type, subject, "
    "external_id, ordering_key, idempotency_key, test, payload) "
    "SELECT event, webhook, occurred_at, integration, part, type, subject, external_id, "
    "ordering_key, idempotency_key, test, payload FROM unnest($4::uuid[], $5::uuid[], "
    "$7::bigint[], "
    "$8::integer[], $11::boolean[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bytea[], "
    "$16::bytea[], $17::boolean[], $18::bytea[]) u(event, webhook, occurred_at, integration, part, "
    "type, subject, "
    "external_id, ordering_key, idempotency_key, test, payload) "
    "WHERE event IN (SELECT event FROM taken)), "
    "works AS (INSERT INTO work (event, due_at, claim, started_at, integration, generation, "
    "attempts, sends, forgiven, unknown, state, replay_next, watched) "
    "SELECT event, CASE WHEN leased THEN now + $2::bigint ELSE now END, 1, now, integration, "
    "0, 0, 0, 0, 0, leased::integer, false, false "
    "FROM unnest($4::uuid[], $8::integer[], $10::boolean[]) u(event, integration, leased), moment "
    "WHERE event IN (SELECT event FROM taken)), "
    "fresh AS MATERIALIZED (SELECT webhook, integration, day FROM unnest($4::uuid[], $5::uuid[], "
    "$8::integer[], $9::integer[]) u(event, webhook, integration, day) "
    "WHERE event IN (SELECT event FROM taken)), "
    "parts AS MATERIALIZED (SELECT webhook AS id, count(*)::integer AS events FROM fresh "
    "GROUP BY webhook), "
    "stored AS (INSERT INTO webhook (id, received_at, integration, event_count, correlation_id, "
    "source_ip, key_id, headers, body) SELECT id, received_at, integration, events, "
    "correlation_id, source_ip, key_id, headers, body FROM unnest($19::uuid[], $20::bigint[], "
    "$21::integer[], $23::bytea[], $24::bytea[], $25::bytea[], $26::bytea[], $27::bytea[]) "
    "u(id, received_at, integration, correlation_id, source_ip, key_id, headers, body) "
    "JOIN parts USING (id)), "
    "counted AS (INSERT INTO counter AS c (day, integration, slot, webhooks, events) "
    "SELECT day, integration, pg_backend_pid() % 64, sum(webhooks), sum(events) FROM "
    "(SELECT day, integration, 1 AS webhooks, 0 AS events FROM unnest($19::uuid[], $21::integer[], "
    "$22::integer[]) u(id, integration, day) JOIN parts USING (id) UNION ALL "
    "SELECT day, integration, 0, 1 FROM fresh) n GROUP BY 1, 2 ORDER BY 1, 2 "
    "ON CONFLICT (day, integration, slot) DO UPDATE SET "
    "webhooks = c.webhooks + excluded.webhooks, events = c.events + excluded.events) "
    "SELECT event FROM taken"};

// A row that was committed by another while the statement above waited for it is invisible to that
// statement; to this one it is not. A key without its event is free.
constexpr Statement kFind{
    "ingest_find",
    "SELECT d.key, d.event, d.body, e.id IS NOT NULL FROM dedupe d "
    "LEFT JOIN LATERAL (SELECT id FROM event WHERE id = d.event OFFSET 0) e ON true "
    "WHERE d.key = ANY($1::uuid[])"};

constexpr Statement kBodies{
    "ingest_bodies",
    "SELECT g.id, sha256(w.body) FROM unnest($1::uuid[]) g(id) "
    "CROSS JOIN LATERAL (SELECT webhook FROM event WHERE id = g.id OFFSET 0) e "
    "CROSS JOIN LATERAL (SELECT body FROM webhook WHERE id = e.webhook OFFSET 0) w"};

constexpr Statement kFree{"ingest_free",
                          "DELETE FROM dedupe WHERE key = ANY($1::uuid[]) "
                          "AND NOT EXISTS (SELECT 1 FROM event e WHERE e.id = dedupe.event)"};

constexpr Statement kIntegrations{"ingest_integrations", "SELECT id, no FROM integration"};
constexpr Statement kSecret{"ingest_secret", "SELECT dedupe_key FROM installation"};

std::int64_t firstEight(const base::Sha256& digest) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8 | digest[i];
    return static_cast<std::int64_t>(value);
}

// The key follows from provider and external id whenever there is one: it is not stored again.
bool followsFromExternalId(const domain::NewWebhook& webhook,
                           const domain::NewEvent& event) noexcept {
    const std::string_view key{event.idempotency_key};
    return !event.external_id.empty() &&
           key.size() == webhook.provider.size() + 1 + event.external_id.size() &&
           key.starts_with(webhook.provider) && key[webhook.provider.size()] == ':' &&
           key.ends_with(event.external_id);
}

} // namespace

// One event on its way.
struct IngestRows::Row {
    enum class State { Undecided, Fresh, Duplicate, Refused };

    base::Uuid key;
    const domain::NewWebhook* webhook = nullptr;
    const domain::NewEvent* event = nullptr;
    std::size_t item = 0;
    std::size_t place = 0; // among the events of its item
    base::Uuid webhook_id; // that it is stored with
    std::int32_t integration = 0;
    State state = State::Undecided;
    const Row* first = nullptr; // the row of the same key in this batch
    base::Uuid stored;          // the event whose key it is
    std::int64_t stored_body = 0;
    bool conflict = false; // that event's webhook had another body

    bool awaitsVerdict() const noexcept { return state == State::Undecided && first == nullptr; }

    void judge(const base::Uuid& event_id, std::int64_t body) noexcept {
        stored = event_id;
        stored_body = body;
        // Its own id: written by a call whose outcome was unknown.
        state = stored == event->id ? State::Fresh : State::Duplicate;
        conflict = state == State::Duplicate && body != firstEight(webhook->body_sha256);
    }
};

std::vector<IngestOutcome> IngestRows::store(Connection& connection,
                                             std::span<const std::unique_ptr<IngestItem>> items) {
    learnIntegrations(connection, items);
    auto rows = rowsOf(items);
    follow(rows);
    int round = 0;
    do {
        if (++round > kRoundsMax)
            throw DatabaseError{"idempotency keys changed hands too often", "40001", false};
        insert(connection, rows);
    } while (!resolve(connection, rows));
    judgeFollowers(rows);
    recordConflicts(connection, rows);
    return outcomesOf(rows, items);
}

void IngestRows::learnIntegrations(Connection& connection,
                                   std::span<const std::unique_ptr<IngestItem>> items) {
    if (secret_.empty()) secret_ = connection.run(kSecret).bytes(0, 0);
    const bool known = std::all_of(items.begin(), items.end(), [&](const auto& item) {
        return integration_numbers_.contains(item->webhook.integration_id);
    });
    if (known) return;
    const auto found = connection.run(kIntegrations);
    for (int row = 0; row < found.rows(); ++row)
        integration_numbers_[found.uuid(row, 0)] = static_cast<std::int32_t>(found.integer(row, 1));
}

std::vector<IngestRows::Row> IngestRows::rowsOf(
    std::span<const std::unique_ptr<IngestItem>> items) const {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& webhook = items[i]->webhook;
        const auto integration = integration_numbers_.find(webhook.integration_id);
        for (std::size_t place = 0; place < webhook.events.size(); ++place) {
            auto& row = rows.emplace_back();
            row.webhook = &webhook;
            row.event = &webhook.events[place];
            row.item = i;
            row.place = place;
            row.webhook_id = webhook.id;
            const auto digest = base::hmacSha256(secret_, row.event->idempotency_key);
            std::copy_n(digest.begin(), row.key.bytes.size(), row.key.bytes.begin());
            if (integration == integration_numbers_.end())
                row.state = Row::State::Refused;
            else
                row.integration = integration->second;
        }
    }
    // Stable: of equal keys, the one that came first stays first.
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.key < b.key; });
    return rows;
}

// Of several with one key in the batch, the others wait for what becomes of the first.
void IngestRows::follow(std::vector<Row>& rows) {
    const Row* first = nullptr;
    for (auto& row : rows) {
        if (row.state == Row::State::Refused) continue;
        if (first != nullptr && first->key == row.key)
            row.first = first;
        else
            first = &row;
    }
}

namespace {

struct EventArrays {
    Array keys{Type::Uuid};
    Array ids{Type::Uuid};
    Array webhooks{Type::Uuid};
    Array bodies{Type::Int8};
    Array times{Type::Int8};
    Array integrations{Type::Int4};
    Array days{Type::Int4};
    Array leased{Type::Boolean};
    Array parts{Type::Boolean};
    Array types{Type::Bytea};
    Array subjects{Type::Bytea};
    Array external_ids{Type::Bytea};
    Array ordering_keys{Type::Bytea};
    Array idempotency_keys{Type::Bytea};
    Array tests{Type::Boolean};
    Array payloads{Type::Bytea};

    void add(const domain::NewWebhook& webhook, const domain::NewEvent& event) {
        ids.add(event.id);
        bodies.add(firstEight(webhook.body_sha256));
        times.add(event.occurred_at);
        days.add(dayOf(event.id));
        leased.add(event.leased);
        parts.add(webhook.events.size() > 1);
        types.add(std::string_view{event.type});
        subjects.add(std::string_view{event.subject});
        external_ids.add(std::string_view{event.external_id});
        ordering_keys.add(std::string_view{event.ordering_key});
        if (followsFromExternalId(webhook, event))
            idempotency_keys.addNull();
        else
            idempotency_keys.add(std::string_view{event.idempotency_key});
        tests.add(event.test);
        payloads.add(std::string_view{event.payload});
    }

    void moveTo(Parameters& parameters) {
        for (auto* array : {&keys, &ids, &webhooks, &bodies, &times, &integrations, &days, &leased,
                            &parts, &types, &subjects, &external_ids, &ordering_keys,
                            &idempotency_keys, &tests, &payloads})
            parameters.add(std::move(*array));
    }
};

struct WebhookArrays {
    Array ids{Type::Uuid};
    Array times{Type::Int8};
    Array integrations{Type::Int4};
    Array days{Type::Int4};
    Array correlation_ids{Type::Bytea};
    Array source_ips{Type::Bytea};
    Array key_ids{Type::Bytea};
    Array headers{Type::Bytea};
    Array bodies{Type::Bytea};

    void add(const domain::NewWebhook& webhook, const base::Uuid& id, std::int32_t integration) {
        ids.add(id);
        times.add(webhook.received_at);
        integrations.add(integration);
        days.add(dayOf(id));
        correlation_ids.add(std::string_view{webhook.correlation_id});
        source_ips.add(std::string_view{webhook.source_ip});
        key_ids.add(std::string_view{webhook.key_id});
        headers.add(std::string_view{webhook.headers});
        bodies.add(std::string_view{webhook.body});
    }

    void moveTo(Parameters& parameters) {
        for (auto* array : {&ids, &times, &integrations, &days, &correlation_ids, &source_ips,
                            &key_ids, &headers, &bodies})
            parameters.add(std::move(*array));
    }
};

} // namespace

void IngestRows::insert(Connection& connection, std::vector<Row>& rows) {
    EventArrays events;
    WebhookArrays webhooks;
    std::unordered_map<base::Uuid, Row*> undecided;
    std::vector<bool> added;
    for (auto& row : rows) {
        if (!row.awaitsVerdict()) continue;
        undecided.emplace(row.event->id, &row);
        events.keys.add(row.key);
        events.webhooks.add(row.webhook_id);
        events.integrations.add(row.integration);
        events.add(*row.webhook, *row.event);
        if (added.size() <= row.item) added.resize(row.item + 1);
        if (added[row.item]) continue;
        added[row.item] = true;
        webhooks.add(*row.webhook, row.webhook_id, row.integration);
    }
    if (undecided.empty()) return;
    Parameters parameters;
    parameters.add(context_.now()).add(std::int64_t{lease_.count()});
    events.moveTo(parameters);
    webhooks.moveTo(parameters);
    const auto taken = connection.run(kInsert, parameters);
    for (int i = 0; i < taken.rows(); ++i)
        if (const auto found = undecided.find(taken.uuid(i, 0)); found != undecided.end())
            found->second->judge(found->first, firstEight(found->second->webhook->body_sha256));
}

bool IngestRows::resolve(Connection& connection, std::vector<Row>& rows) {
    std::unordered_map<base::Uuid, Row*> undecided;
    Array keys{Type::Uuid};
    for (auto& row : rows) {
        if (!row.awaitsVerdict()) continue;
        undecided.emplace(row.key, &row);
        keys.add(row.key);
    }
    if (undecided.empty()) return true;
    const auto found = connection.run(kFind, Parameters{}.add(std::move(keys)));
    Array free{Type::Uuid};
    for (int i = 0; i < found.rows(); ++i) {
        const auto at = undecided.find(found.uuid(i, 0));
        if (at == undecided.end()) continue;
        if (!found.boolean(i, 3)) {
            free.add(at->first);
            continue;
        }
        at->second->judge(found.uuid(i, 1), found.integer(i, 2));
        undecided.erase(at);
    }
    if (undecided.empty()) return true;
    connection.run(kFree, Parameters{}.add(std::move(free)));
    // Their webhooks may be stored already, with other events: these get a copy of their own.
    std::unordered_map<std::size_t, base::Uuid> copies;
    for (auto& [key, row] : undecided)
        row->webhook_id = copies.try_emplace(row->item, context_.ids.next()).first->second;
    return false;
}

void IngestRows::judgeFollowers(std::vector<Row>& rows) {
    for (auto& row : rows) {
        if (row.first == nullptr) continue;
        row.judge(row.first->stored, row.first->stored_body);
        if (row.first->item == row.item && row.first->state == Row::State::Fresh)
            row.conflict = false;
    }
}

void IngestRows::recordConflicts(Connection& connection, const std::vector<Row>& rows) const {
    Array events{Type::Uuid};
    std::vector<const Row*> conflicts;
    for (const auto& row : rows) {
        if (!row.conflict) continue;
        conflicts.push_back(&row);
        events.add(row.stored);
    }
    if (conflicts.empty()) return;
    const auto found = connection.run(kBodies, Parameters{}.add(std::move(events)));
    std::unordered_map<base::Uuid, std::string> hashes;
    for (int i = 0; i < found.rows(); ++i) {
        base::Sha256 digest{};
        const auto bytes = found.bytes(i, 1);
        std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
        hashes[found.uuid(i, 0)] = base::toHex(digest);
    }
    std::vector<domain::AuditEntry> entries;
    for (const auto* row : conflicts) {
        base::JsonWriter details;
        details.beginObject().key("idempotencyKey").string(row->event->idempotency_key);
        details.key("storedBodySha256").string(hashes[row->stored]);
        details.key("receivedBodySha256").string(base::toHex(row->webhook->body_sha256));
        details.key("correlationId").string(row->webhook->correlation_id).endObject();
        auto& entry = entries.emplace_back();
        entry.entity_type = "normalized_event";
        entry.entity_id = row->stored.text();
        entry.action = "webhook.conflict";
        entry.actor = "provider:" + row->webhook->provider;
        entry.details_json = details.text();
    }
    insertAudit(connection, context_, entries);
}

std::vector<IngestOutcome> IngestRows::outcomesOf(
    const std::vector<Row>& rows, std::span<const std::unique_ptr<IngestItem>> items) const {
    std::vector<IngestOutcome> outcomes(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        outcomes[i].durable = integration_numbers_.contains(items[i]->webhook.integration_id);
        outcomes[i].lease_expires = lease_expires_;
        if (outcomes[i].durable) outcomes[i].events.resize(items[i]->webhook.events.size());
    }
    for (const auto& row : rows)
        if (row.state != Row::State::Refused)
            outcomes[row.item].events[row.place] = {row.stored, row.state == Row::State::Duplicate,
                                                    row.conflict};
    return outcomes;
}

} // namespace hookgate::store::postgresql
