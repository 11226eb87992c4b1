#include "core/pipeline/admission.hpp"

#include "core/base/ip_network.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hookgate::pipeline {
namespace {

constexpr int kUnavailableRetryAfterS = 30;

Refusal tooMany(const std::string& provider, const coordination::Admission& admission) {
    return {.reply = http::errorReply(http::ErrorCode::RateLimited, "too many requests",
                                      static_cast<int>(admission.retry_after.count())),
            .outcome = "rate_limited",
            .reason = "rate_limited",
            .provider = provider};
}

// What the provider never sends: a body that is too large, or of another kind.
std::optional<Refusal> unreadable(const http::Request& request,
                                  const plugin::ActiveIntegration& integration) {
    const auto& contract = integration.provider->contract();
    const auto refuse = [&](http::ErrorCode code, std::string_view message,
                            std::string_view reason) {
        return Refusal{.reply = http::errorReply(code, message),
                       .outcome = "rejected",
                       .reason = reason,
                       .provider = integration.record.provider};
    };
    if (contract.body_bytes_max != 0 && request.body.size() > contract.body_bytes_max)
        return refuse(http::ErrorCode::PayloadTooLarge, "the body is larger than this provider's",
                      "body_too_large");
    if (!request.body.empty() && !contract.takes(request.header("content-type")))
        return refuse(http::ErrorCode::UnsupportedMediaType,
                      "this provider sends no such content type", "unsupported_media_type");
    return std::nullopt;
}

std::string allowedMethods(const plugin::Provider& provider) {
    std::string allow = "POST";
    for (const auto* const method : {"DELETE", "GET", "HEAD", "PATCH", "PUT"})
        if (provider.acceptsMethod(method)) allow.append(", ").append(method);
    return allow + ", OPTIONS";
}

} // namespace

base::Result<Admission::Integration, Refusal> Admission::receiverOf(
    const http::Request& request, const plugin::Directory::Snapshot& snapshot) {
    const auto found = snapshot.active_by_provider.find(request.parameter("provider"));
    if (found == snapshot.active_by_provider.end())
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
        reply.headers.emplace_back("Allow", allowedMethods(*integration->provider));
        return base::Error{Refusal{.reply = std::move(reply),
                                   .outcome = "rejected",
                                   .reason = "method_not_allowed",
                                   .provider = provider}};
    }

    if (auto refusal = unreadable(request, *integration)) return base::Error{std::move(*refusal)};
    return integration;
}

std::string_view Admission::providerOf(const http::Request& request) const {
    const auto named = request.parameter("provider");
    return directory_.snapshot()->active_by_provider.contains(named) ? named : std::string_view{};
}

std::vector<base::Result<Admitted, Refusal>> Admission::admit(
    std::span<const Received> received) const {
    const auto snapshot = directory_.snapshot();
    std::vector<base::Result<Integration, Refusal>> receivers;
    std::vector<std::string> names;
    receivers.reserve(received.size());
    names.reserve(received.size());
    for (const auto& one : received) {
        const auto& receiver = receivers.emplace_back(receiverOf(one.request, *snapshot));
        if (receiver)
            names.push_back((*receiver)->record.provider + '|' +
                            base::clientRangeOf(one.client_ip));
    }
    const std::vector<std::string_view> keys{names.begin(), names.end()};
    std::vector<coordination::Admission> admissions(keys.size());
    if (!keys.empty()) coordinator_.admitAll(keys, limit_per_minute_, admissions);

    std::vector<base::Result<Admitted, Refusal>> outcomes;
    outcomes.reserve(received.size());
    auto admission = admissions.begin();
    for (std::size_t i = 0; i < received.size(); ++i) {
        auto& receiver = receivers[i];
        if (!receiver)
            outcomes.emplace_back(base::Error{std::move(receiver.error())});
        else if (const auto& counted = *admission++; !counted.admitted)
            outcomes.emplace_back(base::Error{tooMany((*receiver)->record.provider, counted)});
        else
            outcomes.emplace_back(Admitted{received[i], *receiver});
    }
    return outcomes;
}

} // namespace hookgate::pipeline
