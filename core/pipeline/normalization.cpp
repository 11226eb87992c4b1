#include "core/pipeline/normalization.hpp"

#include "core/base/json_writer.hpp"
#include "core/pipeline/call_refusal.hpp"

namespace hookgate::pipeline {
namespace {

Refusal ignored(const Received& received, const std::string& provider, std::string explanation) {
    base::JsonWriter data;
    data.beginObject()
        .key("eventId")
        .null()
        .key("status")
        .string("ignored")
        .key("duplicate")
        .boolean(false);
    data.key("correlationId").string(received.correlation_id).endObject();
    return {.reply = http::dataReply(202, data.text()),
            .outcome = "ignored",
            .reason = {},
            .provider = provider,
            .explanation = std::move(explanation)};
}

} // namespace

base::Result<Normalized, Refusal> Normalization::normalize(const Verified& verified) const {
    const auto& received = verified.admitted.received;
    const auto& integration = *verified.admitted.integration;
    auto events = integration.provider->normalize(received.view());
    if (events) return Normalized{verified, std::move(*events)};
    if (events.error().failure == plugin::CallFailure::Ignored)
        return base::Error{
            ignored(received, integration.record.provider, std::move(events.error().explanation))};
    return base::Error{refusalOf(events.error(), integration.record.provider)};
}

} // namespace hookgate::pipeline
