#include "core/store/sqlite/ingest_rows.hpp"

#include "core/base/hex.hpp"
#include "core/base/json_writer.hpp"

#include <algorithm>

namespace hookgate::store::sqlite {
namespace {

// Two keys of one installation share 8 bytes about once in 2^32 events; a run of them does not
// happen.
constexpr int kProbesMax = 16;

std::int64_t eightBytes(const base::Sha256& digest, std::size_t from) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8 | digest[from + i];
    return static_cast<std::int64_t>(value);
}

std::string_view defaultKeyOf(const domain::NewWebhook& webhook,
                              const domain::NewEvent& event) noexcept {
    // The key follows from provider and external id whenever there is one.
    const auto expected = webhook.provider.size() + 1 + event.external_id.size();
    return !event.external_id.empty() && event.idempotency_key.size() == expected
               ? std::string_view{}
               : event.idempotency_key;
}

} // namespace

IngestRows::IngestRows(Database& database, Counters& counters, AuditRows& audit,
                       const base::Clock& clock, std::chrono::milliseconds lease)
    : secret_{database.text("SELECT value FROM meta WHERE name = 'dedupe_key'")},
      counters_{counters},
      audit_{audit},
      clock_{clock},
      lease_ms_{lease.count()},
      take_key_{database,
                "INSERT INTO dedupe (key, \"check\", event, body) VALUES (?, ?, ?, ?) ON CONFLICT "
                "DO NOTHING"},
      find_key_{database, "SELECT \"check\", event, body FROM dedupe WHERE key = ?"},
      find_event_{database, "SELECT rest FROM event WHERE id = ?"},
      stored_body_{database,
                   "SELECT w.body FROM event e JOIN webhook w ON w.id = e.webhook WHERE e.id = ?"},
      insert_webhook_{
          database,
          "INSERT INTO webhook (id, rest, integration, event_count, correlation_id, source_ip, "
          "key_id, received_at, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      insert_event_{
          database,
          "INSERT INTO event (id, rest, webhook, integration, occurred_at, type, subject, "
          "external_id, ordering_key, idempotency_key, dedupe, payload) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      insert_work_{database,
                   "INSERT INTO work (event, integration, due_at, state, generation, claim, "
                   "attempts, sends, "
                   "unknown, replay_next, started_at) VALUES (?, ?, ?, ?, 0, ?, 0, 0, 0, 0, ?)"} {}

std::vector<StoredEvent> IngestRows::insert(const domain::NewWebhook& webhook,
                                            std::int64_t integration_no) {
    std::vector<StoredEvent> stored;
    stored.reserve(webhook.events.size());
    std::vector<std::int64_t> keys(webhook.events.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        stored.push_back(judge(webhook, webhook.events[i], keys[i]));
    const auto fresh = std::count_if(stored.begin(), stored.end(),
                                     [](const auto& event) { return !event.duplicate; });
    if (fresh == 0) return stored;

    insertWebhook(webhook, integration_no, fresh);
    for (std::size_t i = 0; i < stored.size(); ++i)
        if (!stored[i].duplicate) insertEvent(webhook, webhook.events[i], integration_no, keys[i]);
    counters_.add("webhooks", integration_no, 1);
    counters_.add("events", integration_no, fresh);
    return stored;
}

IngestRows::DedupeKey IngestRows::keyOf(const domain::NewEvent& event) const {
    const auto digest = base::hmacSha256(secret_, event.idempotency_key);
    return {eightBytes(digest, 0), eightBytes(digest, 8)};
}

StoredEvent IngestRows::judge(const domain::NewWebhook& webhook, const domain::NewEvent& event,
                              std::int64_t& key) {
    const auto [first, check] = keyOf(event);
    key = first;
    const auto body = eightBytes(webhook.body_sha256, 0);
    const auto id = RowId::of(event.id).id;
    for (int probe = 0; probe < kProbesMax; ++probe, ++key) {
        if (take_key_.bind(key).bind(check).bind(id).bind(body).run() == 1)
            return {event.id, false, false};
        const Use find{find_key_};
        if (find->bind(key).step() && find->integer(0) == check)
            return duplicateOf(webhook, event, find->integer(1), find->integer(2) != body);
    }
    throw StoreError{"no free place for an idempotency key", false};
}

StoredEvent IngestRows::duplicateOf(const domain::NewWebhook& webhook,
                                    const domain::NewEvent& event, std::int64_t event_id,
                                    bool conflict) {
    // The first of its kind may come earlier in this very webhook: its row follows, but its id is
    // known.
    auto first = std::find_if(webhook.events.begin(), webhook.events.end(), [&](const auto& other) {
        return RowId::of(other.id).id == event_id;
    });
    if (first != webhook.events.end()) return {first->id, true, false};

    StoredEvent stored{{}, true, conflict};
    {
        const Use find{find_event_};
        if (!find->bind(event_id).step())
            throw StoreError{"a dedupe row names an event that is not there", false};
        stored.id = RowId{event_id, find->integer(0)}.uuid();
    }
    if (!conflict) return stored;

    const Use body{stored_body_};
    const auto known =
        body->bind(event_id).step() ? base::toHex(base::sha256(body->bytes(0))) : std::string{};
    base::JsonWriter details;
    details.beginObject().key("idempotencyKey").string(event.idempotency_key);
    details.key("storedBodySha256").string(known);
    details.key("receivedBodySha256").string(base::toHex(webhook.body_sha256));
    details.key("correlationId").string(webhook.correlation_id).endObject();
    domain::AuditEntry entry{.id = {},
                             .entity_type = "normalized_event",
                             .entity_id = stored.id.text(),
                             .action = "webhook.conflict",
                             .actor = "provider:" + webhook.provider,
                             .details_json = details.text(),
                             .created_at = 0};
    audit_.insert(entry);
    return stored;
}

void IngestRows::insertWebhook(const domain::NewWebhook& webhook, std::int64_t integration_no,
                               std::int64_t event_count) {
    const auto id = RowId::of(webhook.id);
    insert_webhook_.bind(id.id).bind(id.rest).bind(integration_no).bind(event_count);
    insert_webhook_.bindText(webhook.correlation_id)
        .bindText(webhook.source_ip)
        .bindText(webhook.key_id);
    insert_webhook_.bind(webhook.received_at)
        .bindBlob(webhook.headers)
        .bindBlob(webhook.body)
        .run();
}

void IngestRows::insertEvent(const domain::NewWebhook& webhook, const domain::NewEvent& event,
                             std::int64_t integration_no, std::int64_t dedupe_key) {
    const auto id = RowId::of(event.id);
    insert_event_.bind(id.id)
        .bind(id.rest)
        .bind(RowId::of(webhook.id).id)
        .bind(integration_no)
        .bind(event.occurred_at);
    insert_event_.bindBlob(event.type)
        .bindBlob(event.subject)
        .bindBlob(event.external_id)
        .bindBlob(event.ordering_key);
    const auto key = defaultKeyOf(webhook, event);
    key.empty() ? insert_event_.bindNull() : insert_event_.bindBlob(key);
    insert_event_.bind(dedupe_key).bindBlob(event.payload).run();

    const auto now = clock_.unixMs();
    insert_work_.bind(id.id)
        .bind(integration_no)
        .bind(event.leased ? now + lease_ms_ : now)
        .bind(event.leased ? 1 : 0);
    insert_work_.bind(kFirstClaim).bind(now).run();
}

} // namespace hookgate::store::sqlite
