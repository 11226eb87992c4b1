#include "core/pipeline/call_refusal.hpp"

#include "core/base/json_writer.hpp"

namespace hookgate::pipeline {

Refusal refusalOf(const plugin::CallError& error, const std::string& provider) {
    switch (error.failure) {
        case plugin::CallFailure::Malformed: {
            // The sender is authentic here: what is wrong with its payload is its to know.
            base::JsonWriter details;
            details.beginObject().key("reason").string(error.explanation).endObject();
            return {.reply = http::errorReply(http::ErrorCode::Validation,
                                              "the payload is malformed", 0, details.text()),
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
