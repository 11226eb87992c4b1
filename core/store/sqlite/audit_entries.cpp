#include "core/store/sqlite/audit_entries.hpp"

#include "core/base/json_writer.hpp"

namespace hookgate::store::sqlite {
namespace {

using domain::AuditEntry;

AuditEntry derivedEntry(const RowId& row, const RowId& entity, std::string_view action) {
    AuditEntry entry;
    entry.action = action;
    entry.id = base::Uuid::derived(entry.action + ':' + row.uuid().text());
    entry.entity_id = entity.uuid().text();
    entry.entity_type = "normalized_event";
    entry.actor = "system";
    entry.created_at = row.id >> 12;
    return entry;
}

// The outcome as a word of the trail; a send whose outcome is unknown was recorded as a retry, or
// as the last failure.
std::string_view actionOf(std::int64_t outcome) noexcept {
    switch (outcome) {
        case 1:
            return "event.processed";
        case 2:
            return "event.retry_scheduled";
        default:
            return "event.failed";
    }
}

} // namespace

Statement& AuditEntries::prepared(std::optional<Statement>& statement, std::string_view sql) {
    return statement ? *statement : statement.emplace(database_, sql);
}

std::optional<AuditEntry> AuditEntries::read(AuditSource source, std::int64_t row_id) {
    switch (source) {
        case AuditSource::Audit:
            return stored(row_id);
        case AuditSource::Attempt:
            return ofAttempt(row_id);
        case AuditSource::Webhook:
            return ofWebhook(row_id);
        case AuditSource::Queued:
        case AuditSource::Normalized:
            break;
    }
    return ofEvent(row_id, source == AuditSource::Queued);
}

std::optional<AuditEntry> AuditEntries::stored(std::int64_t row_id) {
    const Use found{prepared(stored_,
                             "SELECT rest, entity_type, entity_id, action, actor, details, "
                             "created_at FROM audit WHERE id = ?")};
    if (!found->bind(row_id).step()) return std::nullopt;
    AuditEntry entry;
    entry.id = RowId{row_id, found->integer(0)}.uuid();
    entry.entity_type = found->bytes(1);
    entry.entity_id = found->bytes(2);
    entry.action = found->bytes(3);
    entry.actor = found->bytes(4);
    entry.details_json = found->bytes(5);
    entry.created_at = found->integer(6);
    return entry;
}

std::optional<AuditEntry> AuditEntries::ofAttempt(std::int64_t row_id) {
    const Use found{prepared(attempt_,
                             "SELECT a.rest, e.id, e.rest, a.outcome, a.attempt_no, a.http_status, "
                             "a.duration_ms, a.error FROM attempt a JOIN event e ON e.id = a.event "
                             "WHERE a.id = ?")};
    if (!found->bind(row_id).step()) return std::nullopt;
    auto entry = derivedEntry({row_id, found->integer(0)}, {found->integer(1), found->integer(2)},
                              actionOf(found->integer(3)));
    base::JsonWriter details;
    details.beginObject().key("attemptNo").integer(found->integer(4)).key("httpStatus");
    found->integer(5) == 0 ? details.null() : details.integer(found->integer(5));
    details.key("durationMs").integer(found->integer(6));
    details.key("error").stringOrNull(found->bytes(7)).endObject();
    entry.details_json = std::move(details).take();
    return entry;
}

std::optional<AuditEntry> AuditEntries::ofEvent(std::int64_t row_id, bool queued) {
    const Use found{prepared(event_,
                             "SELECT e.rest, h.id, h.rest, i.provider, h.correlation_id, e.type "
                             "FROM event e JOIN webhook h ON h.id = e.webhook "
                             "JOIN integration i ON i.no = e.integration WHERE e.id = ?")};
    if (!found->bind(row_id).step()) return std::nullopt;
    const RowId row{row_id, found->integer(0)};
    auto entry = derivedEntry(row, row, queued ? "event.queued" : "event.normalized");
    base::JsonWriter details;
    details.beginObject().key("provider").string(found->bytes(3));
    details.key("eventType").string(found->bytes(5));
    details.key("webhookEventId").string(RowId{found->integer(1), found->integer(2)}.uuid().text());
    details.key("correlationId").string(found->bytes(4)).endObject();
    entry.details_json = std::move(details).take();
    return entry;
}

std::optional<AuditEntry> AuditEntries::ofWebhook(std::int64_t row_id) {
    const Use found{prepared(webhook_,
                             "SELECT h.rest, i.provider, h.correlation_id, h.source_ip, "
                             "h.event_count FROM webhook h "
                             "JOIN integration i ON i.no = h.integration WHERE h.id = ?")};
    if (!found->bind(row_id).step()) return std::nullopt;
    const RowId row{row_id, found->integer(0)};
    auto entry = derivedEntry(row, row, "webhook.received");
    entry.entity_type = "webhook_event";
    entry.actor = "provider:" + std::string{found->bytes(1)};
    base::JsonWriter details;
    details.beginObject().key("provider").string(found->bytes(1));
    details.key("sourceIp").string(found->bytes(3));
    details.key("events").integer(found->integer(4));
    details.key("correlationId").string(found->bytes(2)).endObject();
    entry.details_json = std::move(details).take();
    return entry;
}

} // namespace hookgate::store::sqlite
