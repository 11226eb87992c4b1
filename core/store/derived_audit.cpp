#include "core/store/derived_audit.hpp"

#include "core/base/json_writer.hpp"
#include "core/store/event_jobs.hpp"

#include <string>
#include <utility>

namespace hookgate::store {
namespace {

using domain::AuditEntry;

AuditEntry derivedEntry(const domain::Uuid& row, const domain::Uuid& entity,
                        std::string_view action) {
    AuditEntry entry;
    entry.action = action;
    entry.id = base::Uuid::derived(entry.action + ':' + row.text());
    entry.entity_id = entity.text();
    entry.entity_type = "normalized_event";
    entry.actor = "system";
    entry.created_at = timeOf(row);
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

AuditEntry entryOf(const AttemptFacts& attempt) {
    auto entry = derivedEntry(attempt.id, attempt.event, actionOf(attempt.outcome));
    base::JsonWriter details;
    details.beginObject().key("attemptNo").integer(attempt.attempt_no).key("httpStatus");
    attempt.http_status == 0 ? details.null() : details.integer(attempt.http_status);
    details.key("durationMs").integer(attempt.duration_ms);
    details.key("error").stringOrNull(attempt.error).endObject();
    entry.details_json = std::move(details).take();
    return entry;
}

AuditEntry entryOf(const EventFacts& event, bool queued) {
    auto entry = derivedEntry(event.id, event.id, queued ? "event.queued" : "event.normalized");
    base::JsonWriter details;
    details.beginObject().key("provider").string(event.provider);
    details.key("eventType").string(event.type);
    details.key("webhookEventId").string(event.webhook.text());
    details.key("correlationId").string(event.correlation_id).endObject();
    entry.details_json = std::move(details).take();
    return entry;
}

AuditEntry entryOf(const WebhookFacts& webhook) {
    auto entry = derivedEntry(webhook.id, webhook.id, "webhook.received");
    entry.entity_type = "webhook_event";
    entry.actor = "provider:" + std::string{webhook.provider};
    base::JsonWriter details;
    details.beginObject().key("provider").string(webhook.provider);
    details.key("sourceIp").string(webhook.source_ip);
    details.key("events").integer(webhook.event_count);
    details.key("correlationId").string(webhook.correlation_id).endObject();
    entry.details_json = std::move(details).take();
    return entry;
}

} // namespace hookgate::store
