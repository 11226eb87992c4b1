#include "core/pipeline/admission.hpp"

namespace hookgate::pipeline {
namespace {

constexpr int kUnavailableRetryAfterS = 30;

} // namespace

base::Result<Admitted, Refusal> Admission::admit(const Received& received) const {
    const auto& request = received.request;
    const auto snapshot = directory_.snapshot();
    const auto found = snapshot->active_by_provider.find(request.parameter("provider"));
    if (found == snapshot->active_by_provider.end())
        return base::Error{
            Refusal{.reply = http::errorReply(http::ErrorCode::NotFound, "no such integration"),
                    .outcome = "rejected",
                    .reason = "unknown_provider"}};
    const auto& integration = found->second;
    const auto& provider = integration->record.provider;

    if (!integration->provider)
        return base::Error{
            Refusal{.reply = http::errorReply(http::ErrorCode::DependencyUnavailable,
                                              "this provider is temporarily unavailable",
                                              kUnavailableRetryAfterS),
                    .outcome = "unavailable",
                    .reason = "plugin_not_loaded",
                    .provider = provider,
                    .explanation = integration->unavailable_because,
                    .is_gateway_fault = true}};
    if (request.method != "POST" && !integration->provider->acceptsMethod(request.method)) {
        auto reply =
            http::errorReply(http::ErrorCode::MethodNotAllowed, "webhooks are sent with POST");
        reply.headers.emplace_back("Allow", "POST, OPTIONS");
        return base::Error{Refusal{.reply = std::move(reply),
                                   .outcome = "rejected",
                                   .reason = "method_not_allowed",
                                   .provider = provider}};
    }

    const auto admission =
        coordinator_.admit(provider + '|' + received.client_ip, limit_per_minute_);
    if (!admission.admitted)
        return base::Error{
            Refusal{.reply = http::errorReply(http::ErrorCode::RateLimited, "too many requests",
                                              static_cast<int>(admission.retry_after.count())),
                    .outcome = "rate_limited",
                    .reason = "rate_limited",
                    .provider = provider}};
    return Admitted{received, integration};
}

} // namespace hookgate::pipeline
