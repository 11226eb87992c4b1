#include "core/pipeline/pending_webhook.hpp"

#include "core/base/hex.hpp"
#include "core/base/json_writer.hpp"
#include "core/pipeline/acknowledgement.hpp"

#include <algorithm>

namespace hookgate::pipeline {
namespace {

constexpr int kStoreRetryAfterS = 5;
constexpr std::string_view kRedacted = "[redacted]";

// Credentials of the transport are secrets whatever the provider says.
bool isCredential(std::string_view header) noexcept {
    return header == "authorization" || header == "proxy-authorization" || header == "cookie" ||
           header == "x-internal-api-key";
}

std::string storedHeaders(const Received& received, const plugin::Provider& provider) {
    std::string lines;
    std::size_t bytes = 0;
    for (const auto& header : received.headers)
        bytes += header.name.size() + header.value.size() + 4;
    lines.reserve(bytes);
    for (const auto& header : received.headers) {
        const bool secret = isCredential(header.name) || provider.isSecretHeader(header.name);
        lines.append(header.name)
            .append(": ")
            .append(secret ? kRedacted : header.value)
            .append("\r\n");
    }
    return lines;
}

// `provider:externalEventId`, or without an id `provider:payload:<sha256 of the body>`, with the
// event's place in the request when there are several.
std::string idempotencyKey(const domain::NewWebhook& webhook, const plugin::NormalizedEvent& event,
                           std::size_t index, std::size_t count) {
    std::string key = webhook.provider + ':';
    if (!event.external_id.empty()) return key + event.external_id;
    key += "payload:" + base::toHex(webhook.body_sha256);
    if (count > 1) key += '#' + std::to_string(index);
    return key;
}

void appendEvent(base::JsonWriter& json, const store::StoredEvent& event) {
    json.key("eventId").string(event.id.text());
    json.key("status").string(event.duplicate ? "duplicate" : "queued");
    json.key("duplicate").boolean(event.duplicate);
}

} // namespace

PendingWebhook::PendingWebhook(const Normalized& normalized, std::string body,
                               http::Completion completion, const Collaborators& collaborators)
    : collaborators_{collaborators},
      provider_{normalized.verified.admitted.integration->provider},
      completion_{std::move(completion)} {
    const auto& verified = normalized.verified;
    const auto& received = verified.admitted.received;
    const auto& integration = *verified.admitted.integration;
    webhook.id = collaborators_.ids.next();
    webhook.integration_id = integration.record.id;
    webhook.provider = integration.record.provider;
    webhook.correlation_id = received.correlation_id;
    webhook.source_ip = received.client_ip;
    webhook.headers = storedHeaders(received, *integration.provider);
    webhook.body = std::move(body);
    webhook.body_sha256 = base::sha256(webhook.body);
    webhook.key_id = verified.verdict.key_id;
    webhook.received_at = received.request.received_at;

    const auto count = normalized.events.size();
    webhook.events.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& event = normalized.events[i];
        if (event.rejected) continue;
        auto& stored = webhook.events.emplace_back();
        stored.id = collaborators_.ids.next();
        stored.idempotency_key = idempotencyKey(webhook, event, i, count);
        stored.external_id = event.external_id;
        stored.type = event.type;
        stored.subject = event.subject;
        stored.ordering_key = event.ordering_key;
        stored.payload = event.payload;
        stored.occurred_at = event.occurred_at != 0 ? event.occurred_at : webhook.received_at;
        stored.test = event.test;
    }
}

void PendingWebhook::reserve() noexcept {
    for (auto& event : webhook.events)
        event.leased =
            collaborators_.hand_over.reserve(webhook.integration_id, event.payload.size());
}

void PendingWebhook::alreadyStored(std::vector<store::StoredEvent> events) {
    acknowledge({.durable = true, .events = std::move(events)});
}

void PendingWebhook::completed(const store::IngestOutcome& outcome) noexcept {
    try {
        acknowledge(outcome);
        collaborators_.markers.remember(webhook, outcome);
        deliver(outcome);
    } catch (const std::exception& e) {
        // The event is safe in the store: whatever was not handed over is claimed when its lease
        // expires.
        collaborators_.log.error("acknowledgement failed",
                                 {{"correlation_id", webhook.correlation_id}, {"error", e.what()}});
    }
}

void PendingWebhook::acknowledge(const store::IngestOutcome& outcome) {
    http::Reply reply;
    std::string_view result = "unavailable";
    if (!outcome.durable) {
        reply = http::errorReply(http::ErrorCode::DependencyUnavailable,
                                 "the event could not be stored; send it again", kStoreRetryAfterS);
        reply = acknowledgement(*provider_, plugin::Outcome::Unavailable, std::move(reply));
    } else {
        const bool all_known = std::all_of(outcome.events.begin(), outcome.events.end(),
                                           [](const auto& event) { return event.duplicate; });
        result = all_known ? "duplicate" : "stored";
        base::JsonWriter data;
        data.beginObject();
        appendEvent(data, outcome.events.front());
        data.key("correlationId").string(webhook.correlation_id);
        if (outcome.events.size() > 1) {
            data.key("events").beginArray();
            for (const auto& event : outcome.events) {
                data.beginObject();
                appendEvent(data, event);
                data.endObject();
            }
            data.endArray();
        }
        data.endObject();
        reply = acknowledgement(*provider_,
                                all_known ? plugin::Outcome::Duplicate : plugin::Outcome::Accepted,
                                http::dataReply(all_known ? 200 : 202, data.text()));
    }
    reply.headers.emplace_back("x-correlation-id", webhook.correlation_id);
    completion_.reply(std::move(reply));
    collaborators_.metrics.webhook(webhook.provider, result);
    if (collaborators_.log.enabled(base::LogLevel::Debug))
        collaborators_.log.debug(
            "webhook answered",
            {{"provider", webhook.provider},
             {"outcome", result},
             {"correlation_id", webhook.correlation_id},
             {"event_id", outcome.durable ? outcome.events.front().id.text() : std::string{}}});
}

void PendingWebhook::giveBack(const domain::NewEvent& event) noexcept {
    if (event.leased) collaborators_.hand_over.cancel(webhook.integration_id, event.payload.size());
}

void PendingWebhook::deliver(const store::IngestOutcome& outcome) {
    bool waits_in_store = false;
    for (std::size_t i = 0; i < webhook.events.size(); ++i) {
        auto& event = webhook.events[i];
        if (!outcome.durable || outcome.events[i].duplicate) {
            giveBack(event);
            continue;
        }
        if (!event.leased) {
            waits_in_store = true;
            continue;
        }
        collaborators_.hand_over.handOver({.ref = {event.id, 0, store::kFirstClaim},
                                           .integration_id = webhook.integration_id,
                                           .correlation_id = webhook.correlation_id,
                                           .external_id = std::move(event.external_id),
                                           .type = std::move(event.type),
                                           .subject = std::move(event.subject),
                                           .payload = std::move(event.payload),
                                           .occurred_at = event.occurred_at,
                                           .received_at = webhook.received_at,
                                           .test = event.test,
                                           .lease_expires = outcome.lease_expires});
    }
    if (waits_in_store) collaborators_.hand_over.wake();
}

} // namespace hookgate::pipeline
