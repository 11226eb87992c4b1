#include "core/pipeline/verification.hpp"

#include "core/base/fail_point.hpp"
#include "core/pipeline/call_refusal.hpp"

namespace hookgate::pipeline {
base::Result<Verified, Refusal> Verification::verify(const Admitted& admitted) const {
    const auto& integration = *admitted.integration;
    auto verdict = integration.provider->verify(admitted.view());
    if (!verdict) return base::Error{refusalOf(verdict.error(), integration)};

    switch (verdict->decision) {
        case plugin::Decision::Accept:
            // A handshake's method carries no event: only a POST may be stored.
            if (admitted.received.request.method != "POST") break;
            static_cast<void>(HG_FAIL_POINT("after-verify"));
            return Verified{admitted, std::move(*verdict)};
        case plugin::Decision::Respond: {
            Refusal handshake{.outcome = "handshake", .provider = integration.record.provider};
            handshake.reply.status = verdict->response_status;
            handshake.reply.body = std::move(verdict->response_body);
            handshake.reply.content_type = std::move(verdict->response_content_type);
            handshake.reply.headers = std::move(verdict->response_headers);
            // What a stranger sent may be in it: no browser is to make a page of it.
            handshake.reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
            return base::Error{std::move(handshake)};
        }
        case plugin::Decision::Reject:
            break;
    }
    return base::Error{unauthentic(verdict->reason, integration)};
}

} // namespace hookgate::pipeline
