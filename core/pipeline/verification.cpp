#include "core/pipeline/verification.hpp"

#include "core/base/fail_point.hpp"
#include "core/pipeline/call_refusal.hpp"

namespace hookgate::pipeline {
namespace {

std::string_view nameOf(plugin::RejectReason reason) noexcept {
    switch (reason) {
        case plugin::RejectReason::Unspecified:
            break;
        case plugin::RejectReason::SignatureMissing:
            return "signature_missing";
        case plugin::RejectReason::SignatureMalformed:
            return "signature_malformed";
        case plugin::RejectReason::SignatureMismatch:
            return "signature_mismatch";
        case plugin::RejectReason::TimestampOutOfRange:
            return "timestamp_out_of_range";
        case plugin::RejectReason::NotConfigured:
            return "not_configured";
        case plugin::RejectReason::DuplicateHeader:
            return "duplicate_header";
    }
    return "not_authentic";
}

} // namespace

base::Result<Verified, Refusal> Verification::verify(const Admitted& admitted) const {
    const auto& integration = *admitted.integration;
    auto verdict = integration.provider->verify(admitted.received.view());
    if (!verdict) return base::Error{refusalOf(verdict.error(), integration.record.provider)};

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
            return base::Error{std::move(handshake)};
        }
        case plugin::Decision::Reject:
            break;
    }
    return base::Error{Refusal{
        .reply = http::errorReply(http::ErrorCode::Unauthorized, "the request is not authentic"),
        .outcome = "rejected",
        .reason = nameOf(verdict->reason),
        .provider = integration.record.provider}};
}

} // namespace hookgate::pipeline
