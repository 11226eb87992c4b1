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

// The key follows from provider and external id whenever there is one: it is not stored again.
bool followsFromExternalId(const domain::NewWebhook& webhook,
                           const domain::NewEvent& event) noexcept {
    const std::string_view key{event.idempotency_key};
    return !event.external_id.empty() &&
           key.size() == webhook.provider.size() + 1 + event.external_id.size() &&
           key.starts_with(webhook.provider) && key[webhook.provider.size()] == ':' &&
           key.ends_with(event.external_id);
}

std::int64_t following(std::int64_t key) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(key) + 1);
}

} // namespace

IngestRows::IngestRows(Database& database, Counters& counters, WorkTable& work, AuditRows& audit,
                       const base::Clock& clock, std::chrono::milliseconds lease)
    : secret_{database.text("SELECT value FROM meta WHERE name = 'dedupe_key'")},
      counters_{counters},
      work_{work},
      audit_{audit},
      clock_{clock},
      lease_ms_{lease.count()},
      take_key_{database,
                "INSERT INTO dedupe (key, \"check\", event, body) VALUES (?, ?, ?, ?) ON CONFLICT "
                "DO NOTHING"},
      find_key_{database, "SELECT \"check\", event, body FROM dedupe WHERE key = ?"},
      reuse_key_{database, "UPDATE dedupe SET event = ?, body = ? WHERE key = ?"},
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
          "external_id, ordering_key, idempotency_key, dedupe, part, test, payload) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"} {}

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
    counters_.add(Total::Webhooks, integration_no, 1);
    counters_.add(Total::Events, integration_no, fresh);
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
    for (int probe = 0; probe < kProbesMax; ++probe, key = following(key)) {
        if (take_key_.bind(key).bind(check).bind(id).bind(body).run() == 1)
            return {event.id, false, false};
        std::int64_t holder = 0;
        bool conflict = false;
        {
            const Use find{find_key_};
            if (!find->bind(key).step() || find->integer(0) != check) continue;
            holder = find->integer(1);
            conflict = find->integer(2) != body;
        }
        if (const auto stored = duplicateOf(webhook, event, holder, conflict)) return *stored;
        reuse_key_.bind(id).bind(body).bind(key).run();
        return {event.id, false, false};
    }
    throw StoreError{"no free place for an idempotency key", false};
}

std::optional<StoredEvent> IngestRows::duplicateOf(const domain::NewWebhook& webhook,
                                                   const domain::NewEvent& event,
                                                   std::int64_t event_id, bool conflict) {
    // The first of its kind may come earlier in this very webhook: its row follows, but its id is
    // known.
    const auto first =
        std::find_if(webhook.events.begin(), webhook.events.end(),
                     [&](const auto& other) { return RowId::of(other.id).id == event_id; });
    if (first != webhook.events.end()) return StoredEvent{first->id, true, false};

    RowId stored{event_id, 0};
    {
        const Use find{find_event_};
        if (!find->bind(event_id).step()) return std::nullopt;
        stored.rest = find->integer(0);
    }
    if (conflict) recordConflict(webhook, event, stored);
    return StoredEvent{stored.uuid(), true, conflict};
}

void IngestRows::recordConflict(const domain::NewWebhook& webhook, const domain::NewEvent& event,
                                const RowId& stored) {
    const Use body{stored_body_};
    const auto known =
        body->bind(stored.id).step() ? base::toHex(base::sha256(body->bytes(0))) : std::string{};
    base::JsonWriter details;
    details.beginObject().key("idempotencyKey").string(event.idempotency_key);
    details.key("storedBodySha256").string(known);
    details.key("receivedBodySha256").string(base::toHex(webhook.body_sha256));
    details.key("correlationId").string(webhook.correlation_id).endObject();
    domain::AuditEntry entry;
    entry.entity_type = "normalized_event";
    entry.entity_id = stored.uuid().text();
    entry.action = "webhook.conflict";
    entry.actor = "provider:" + webhook.provider;
    entry.details_json = details.text();
    audit_.insert(entry);
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
    followsFromExternalId(webhook, event) ? insert_event_.bindNull()
                                          : insert_event_.bindBlob(event.idempotency_key);
    insert_event_.bind(dedupe_key)
        .bind(webhook.events.size() > 1 ? 1 : 0)
        .bind(event.test ? 1 : 0)
        .bindBlob(event.payload)
        .run();

    const auto now = clock_.unixMs();
    work_.insert({.event = id.id,
                  .integration = integration_no,
                  .due_at = event.leased ? now + lease_ms_ : now,
                  .state = event.leased ? WorkState::Leased : WorkState::Due,
                  .claim = kFirstClaim,
                  .started_at = now});
}

} // namespace hookgate::store::sqlite
