#include "core/pipeline/call_refusal.hpp"

#include "core/base/json_writer.hpp"
#include "core/pipeline/acknowledgement.hpp"

namespace hookgate::pipeline {
namespace {

// A plugin's process is back within a second.
constexpr int kUnavailableRetryAfterS = 1;

} // namespace

std::string_view wordOf(plugin::RejectReason reason) noexcept {
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

Refusal unauthentic(plugin::RejectReason reason, const plugin::ActiveIntegration& integration) {
    return {.reply = acknowledgement(
                *integration.provider, plugin::Outcome::Rejected,
                http::errorReply(http::ErrorCode::Unauthorized, "the request is not authentic")),
            .outcome = "rejected",
            .reason = wordOf(reason),
            .provider = integration.record.provider};
}

Refusal refusalOf(const plugin::CallError& error, const plugin::ActiveIntegration& integration) {
    const auto& provider = integration.record.provider;
    switch (error.failure) {
        case plugin::CallFailure::Malformed: {
            // The sender is authentic here: what is wrong with its payload is its to know.
            base::JsonWriter details;
            details.beginObject().key("reason").string(error.explanation).endObject();
            return {.reply = acknowledgement(
                        *integration.provider, plugin::Outcome::Malformed,
                        http::errorReply(http::ErrorCode::Validation, "the payload is malformed", 0,
                                         details.text())),
                    .outcome = "malformed",
                    .reason = "malformed",
                    .provider = provider,
                    .explanation = error.explanation};
        }
        case plugin::CallFailure::Limit:
            return {.reply = http::errorReply(http::ErrorCode::PayloadTooLarge,
                                              "the payload is too large"),
                    .outcome = "rejected",
                    .reason = "plugin_limit",
                    .provider = provider,
                    .explanation = error.explanation};
        case plugin::CallFailure::Unavailable:
        case plugin::CallFailure::NotAsked:
            return {
                .reply = acknowledgement(*integration.provider, plugin::Outcome::Unavailable,
                                         http::errorReply(http::ErrorCode::DependencyUnavailable,
                                                          "the provider's plugin is unavailable",
                                                          kUnavailableRetryAfterS)),
                .outcome = "unavailable",
                .reason = "plugin_unavailable",
                .provider = provider,
                .explanation = error.explanation};
        case plugin::CallFailure::Ignored:
        case plugin::CallFailure::Unsupported:
        case plugin::CallFailure::Internal:
            break;
    }
    return {.reply = http::errorReply(http::ErrorCode::Internal, "the provider's plugin failed"),
            .outcome = "error",
            .reason = "plugin_failed",
            .provider = provider,
            .explanation = error.explanation,
            .is_gateway_fault = true};
}

} // namespace hookgate::pipeline
