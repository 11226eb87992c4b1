#pragma once

#include "core/coordination/coordinator.hpp"
#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"

#include <chrono>
#include <span>
#include <vector>

namespace hookgate::pipeline {

// What was committed lately: a provider's repetition of it is answered without asking the store. A
// hint and never a proof: whatever is in doubt (another body, another life of the database, a
// request that is only partly known) is left to the store. Safe to use from any thread.
class Markers {
public:
    // The coordinator outlives it.
    Markers(coordination::Coordinator& coordinator, std::chrono::seconds time_to_live)
        : coordinator_{coordinator},
          time_to_live_{time_to_live} {}

    // Only after the commit. Does not block.
    void remember(const domain::NewWebhook& webhook, const store::IngestOutcome& outcome) const;

    // For each webhook the events that are stored for it, in order; none when it is not known.
    // `incarnation` is the database's.
    std::vector<std::vector<store::StoredEvent>> recall(
        std::span<const domain::NewWebhook* const> webhooks, const domain::Uuid& incarnation) const;

private:
    coordination::Coordinator& coordinator_;
    const std::chrono::seconds time_to_live_;
};

} // namespace hookgate::pipeline
