#include "core/store/sqlite/audit_entries.hpp"

namespace hookgate::store::sqlite {
using domain::AuditEntry;

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
    return entryOf(AttemptFacts{.id = RowId{row_id, found->integer(0)}.uuid(),
                                .event = RowId{found->integer(1), found->integer(2)}.uuid(),
                                .outcome = found->integer(3),
                                .attempt_no = found->integer(4),
                                .http_status = found->integer(5),
                                .duration_ms = found->integer(6),
                                .error = found->bytes(7)});
}

std::optional<AuditEntry> AuditEntries::ofEvent(std::int64_t row_id, bool queued) {
    const Use found{prepared(event_,
                             "SELECT e.rest, h.id, h.rest, i.provider, h.correlation_id, e.type "
                             "FROM event e JOIN webhook h ON h.id = e.webhook "
                             "JOIN integration i ON i.no = e.integration WHERE e.id = ?")};
    if (!found->bind(row_id).step()) return std::nullopt;
    return entryOf(EventFacts{.id = RowId{row_id, found->integer(0)}.uuid(),
                              .webhook = RowId{found->integer(1), found->integer(2)}.uuid(),
                              .provider = found->bytes(3),
                              .correlation_id = found->bytes(4),
                              .type = found->bytes(5)},
                   queued);
}

std::optional<AuditEntry> AuditEntries::ofWebhook(std::int64_t row_id) {
    const Use found{prepared(webhook_,
                             "SELECT h.rest, i.provider, h.correlation_id, h.source_ip, "
                             "h.event_count FROM webhook h "
                             "JOIN integration i ON i.no = h.integration WHERE h.id = ?")};
    if (!found->bind(row_id).step()) return std::nullopt;
    return entryOf(WebhookFacts{.id = RowId{row_id, found->integer(0)}.uuid(),
                                .provider = found->bytes(1),
                                .correlation_id = found->bytes(2),
                                .source_ip = found->bytes(3),
                                .event_count = found->integer(4)});
}

} // namespace hookgate::store::sqlite
