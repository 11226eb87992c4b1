#include "core/pipeline/markers.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hookgate::pipeline {
namespace {

std::string bytesOf(const base::Sha256& digest) {
    return {digest.begin(), digest.end()};
}

} // namespace

void Markers::remember(const domain::NewWebhook& webhook,
                       const store::IngestOutcome& outcome) const {
    if (!outcome.durable || outcome.incarnation.isNil()) return;
    const auto body_sha256 = bytesOf(webhook.body_sha256);
    for (std::size_t i = 0; i < webhook.events.size(); ++i) {
        const auto& stored = outcome.events[i];
        if (stored.conflict) continue; // stored with another body
        coordinator_.remember(
            webhook.events[i].idempotency_key,
            {.event_id = stored.id, .body_sha256 = body_sha256, .incarnation = outcome.incarnation},
            time_to_live_);
    }
}

std::vector<std::vector<store::StoredEvent>> Markers::recall(
    std::span<const domain::NewWebhook* const> webhooks, const domain::Uuid& incarnation) const {
    std::vector<std::vector<store::StoredEvent>> known(webhooks.size());
    if (incarnation.isNil()) return known;
    std::vector<std::string_view> keys;
    for (const auto* webhook : webhooks)
        for (const auto& event : webhook->events)
            keys.push_back(event.idempotency_key);
    std::vector<std::optional<coordination::Marker>> markers(keys.size());
    coordinator_.recallAll(keys, markers);

    auto next = markers.begin();
    for (std::size_t i = 0; i < webhooks.size(); ++i) {
        const auto body_sha256 = bytesOf(webhooks[i]->body_sha256);
        for (std::size_t j = 0; j < webhooks[i]->events.size(); ++j) {
            const auto& marker = *next++;
            if (marker && marker->body_sha256 == body_sha256 && marker->incarnation == incarnation)
                known[i].push_back({.id = marker->event_id, .duplicate = true, .conflict = false});
        }
        if (known[i].size() != webhooks[i]->events.size()) known[i].clear();
    }
    return known;
}

} // namespace hookgate::pipeline
