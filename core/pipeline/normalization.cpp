#include "core/pipeline/normalization.hpp"

#include "core/base/json_writer.hpp"
#include "core/pipeline/acknowledgement.hpp"
#include "core/pipeline/call_refusal.hpp"

#include <algorithm>

namespace hookgate::pipeline {
namespace {

Refusal ignored(const Admitted& admitted, std::string explanation) {
    base::JsonWriter data;
    data.beginObject()
        .key("eventId")
        .null()
        .key("status")
        .string("ignored")
        .key("duplicate")
        .boolean(false);
    data.key("correlationId").string(admitted.received.correlation_id).endObject();
    return {.reply = acknowledgement(*admitted.integration->provider, plugin::Outcome::Ignored,
                                     http::dataReply(202, data.text())),
            .outcome = "ignored",
            .reason = {},
            .provider = admitted.integration->record.provider,
            .explanation = std::move(explanation)};
}

} // namespace

base::Result<Normalized, Refusal> Normalization::normalize(const Verified& verified) const {
    const auto& integration = *verified.admitted.integration;
    auto events = integration.provider->normalize(verified.admitted.view());
    if (events) {
        const bool all_rejected =
            std::all_of(events->begin(), events->end(),
                        [](const auto& event) { return event.rejected.has_value(); });
        if (all_rejected) return base::Error{unauthentic(*events->front().rejected, integration)};
        return Normalized{verified, std::move(*events)};
    }
    if (events.error().failure == plugin::CallFailure::Ignored)
        return base::Error{ignored(verified.admitted, std::move(events.error().explanation))};
    return base::Error{refusalOf(events.error(), integration)};
}

} // namespace hookgate::pipeline
