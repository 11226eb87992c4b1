#include "core/pipeline/admission.hpp"

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
        reply.headers.emplace_back("Allow", "POST, OPTIONS");
        return base::Error{Refusal{.reply = std::move(reply),
                                   .outcome = "rejected",
                                   .reason = "method_not_allowed",
                                   .provider = provider}};
    }

    return integration;
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
        if (receiver) names.push_back((*receiver)->record.provider + '|' + one.client_ip);
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
