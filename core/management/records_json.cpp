#include "core/management/records_json.hpp"

#include "core/base/crypto.hpp"
#include "core/base/text.hpp"
#include "core/base/time_text.hpp"
#include "core/domain/event_status.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hookgate::management {
namespace {

void writeBytes(base::JsonWriter& json, std::string_view name, std::string_view bytes) {
    if (base::isUtf8(bytes)) {
        json.key(name).string(bytes);
        return;
    }
    json.key(name).string(base::toBase64(bytes));
    json.key(std::string{name} + "Encoding").string("base64");
}

} // namespace

void writeTime(base::JsonWriter& json, std::string_view name, domain::UnixMs time) {
    json.key(name);
    if (time == 0)
        json.null();
    else
        json.string(base::toRfc3339(time));
}

void writeEvent(base::JsonWriter& json, const store::EventRow& event) {
    json.beginObject();
    json.key("id").string(event.id.text());
    json.key("webhookEventId").string(event.webhook_id.text());
    json.key("integrationId").string(event.integration_id.text());
    json.key("provider").string(event.provider);
    json.key("eventType").string(event.type);
    json.key("subject").stringOrNull(event.subject);
    json.key("occurredAt").string(base::toRfc3339(event.occurred_at));
    json.key("normalizedPayload").raw(event.payload);
    json.key("status").string(domain::nameOf(event.status));
    json.key("processingAttempts").integer(event.processing_attempts);
    json.key("lastError").stringOrNull(event.last_error);
    writeTime(json, "lastProcessedAt", event.last_processed_at);
    json.key("createdAt").string(base::toRfc3339(event.created_at));
    json.key("updatedAt").string(base::toRfc3339(event.updated_at));
    json.key("externalEventId").stringOrNull(event.external_id);
    json.key("receivedAt").string(base::toRfc3339(event.received_at));
    json.key("test").boolean(event.test);
    json.endObject();
}

void writeHeaders(base::JsonWriter& json, std::string_view lines) {
    std::vector<std::pair<std::string_view, std::vector<std::string_view>>> headers;
    while (!lines.empty()) {
        const auto end = std::min(lines.find("\r\n"), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 2, lines.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto name = line.substr(0, colon);
        auto known = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
        if (known == headers.end())
            known = headers.insert(headers.end(), {name, std::vector<std::string_view>{}});
        known->second.push_back(base::trim(line.substr(colon + 1)));
    }
    json.beginObject();
    for (const auto& [name, values] : headers) {
        json.key(name);
        if (values.size() == 1) {
            json.string(values.front());
            continue;
        }
        json.beginArray();
        for (const auto value : values)
            json.string(value);
        json.endArray();
    }
    json.endObject();
}

void writeWebhook(base::JsonWriter& json, const store::WebhookRow& webhook) {
    json.beginObject();
    json.key("id").string(webhook.id.text());
    json.key("externalEventId").stringOrNull(webhook.external_id);
    json.key("idempotencyKey").string(webhook.idempotency_key);
    json.key("correlationId").string(webhook.correlation_id);
    json.key("signatureValid").boolean(true); // nothing else is ever stored
    json.key("keyId").stringOrNull(webhook.key_id);
    json.key("requestHeaders");
    writeHeaders(json, webhook.headers);
    writeBytes(json, "rawPayload", webhook.body);
    json.key("sourceIp").string(webhook.source_ip);
    json.key("receivedAt").string(base::toRfc3339(webhook.received_at));
    json.endObject();
}

void writeAttempt(base::JsonWriter& json, const store::AttemptRow& attempt) {
    json.beginObject();
    json.key("id").string(attempt.id.text());
    json.key("normalizedEventId").string(attempt.event_id.text());
    json.key("integrationId").string(attempt.integration_id.text());
    json.key("attemptNo").integer(attempt.attempt_no);
    json.key("status").string(attempt.success ? "success" : "failed");
    if (attempt.http_status == 0) {
        json.key("httpStatus").null().key("responseBody").null();
    } else {
        json.key("httpStatus").integer(attempt.http_status);
        writeBytes(json, "responseBody", attempt.response_body);
    }
    json.key("errorMessage").stringOrNull(attempt.error_message);
    json.key("durationMs").integer(attempt.duration_ms);
    json.key("createdAt").string(base::toRfc3339(attempt.created_at));
    json.endObject();
}

void writeJobs(base::JsonWriter& json, const std::vector<store::JobRow>& jobs) {
    json.beginArray();
    for (const auto& job : jobs) {
        json.beginObject();
        json.key("id").string(job.id.text());
        json.key("kind").string(job.replay ? "replay" : "ingest");
        json.key("status").string(domain::nameOf(job.status));
        json.key("attempts").integer(job.attempts);
        json.key("createdAt").string(base::toRfc3339(job.created_at));
        writeTime(json, "finishedAt", job.finished_at);
        json.endObject();
    }
    json.endArray();
}

void writeAuditEntry(base::JsonWriter& json, const domain::AuditEntry& entry) {
    json.beginObject();
    json.key("id").string(entry.id.text());
    json.key("entityType").string(entry.entity_type);
    json.key("entityId").string(entry.entity_id);
    json.key("action").string(entry.action);
    json.key("actor").string(entry.actor);
    json.key("details").raw(entry.details_json.empty() ? "{}" : entry.details_json);
    json.key("createdAt").string(base::toRfc3339(entry.created_at));
    json.endObject();
}

} // namespace hookgate::management
