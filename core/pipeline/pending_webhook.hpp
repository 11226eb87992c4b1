#pragma once

#include "core/base/log.hpp"
#include "core/base/uuid.hpp"
#include "core/http/message.hpp"
#include "core/observability/metrics.hpp"
#include "core/pipeline/hand_over.hpp"
#include "core/pipeline/markers.hpp"
#include "core/pipeline/received.hpp"
#include "core/store/event_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hookgate::pipeline {

// The fourth step and its end: an authentic webhook with its events on the way through the store,
// and the acknowledgement, which leaves only after the commit. Owned by the store while it waits.
class PendingWebhook final : public store::IngestItem {
public:
    struct Collaborators {
        HandOver& hand_over;
        observability::Metrics& metrics;
        base::Log& log;
        base::UuidGenerator& ids;
        Markers markers;
    };

    // Takes the request's body and the completion.
    PendingWebhook(const Normalized& normalized, std::string body, http::Completion completion,
                   const Collaborators& collaborators);

    // Reserves places in delivery's memory: the last step before the store.
    void reserve() noexcept;

    void completed(const store::IngestOutcome& outcome) noexcept override;

    // The end of a webhook whose events are known to be stored: the store never sees it.
    void alreadyStored(std::vector<store::StoredEvent> events);

private:
    void acknowledge(const store::IngestOutcome& outcome);
    void deliver(const store::IngestOutcome& outcome);
    void giveBack(const domain::NewEvent& event) noexcept;

    Collaborators collaborators_;
    const std::shared_ptr<const plugin::Provider> provider_;
    http::Completion completion_;
};

} // namespace hookgate::pipeline
