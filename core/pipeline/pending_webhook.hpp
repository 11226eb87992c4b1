#pragma once

#include "core/base/log.hpp"
#include "core/base/uuid.hpp"
#include "core/http/message.hpp"
#include "core/observability/metrics.hpp"
#include "core/pipeline/hand_over.hpp"
#include "core/pipeline/received.hpp"
#include "core/store/event_store.hpp"

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
    };

    // Takes the request's body and the completion; reserves places in delivery's memory.
    PendingWebhook(const Normalized& normalized, std::string body, http::Completion completion,
                   const Collaborators& collaborators);

    void completed(const store::IngestOutcome& outcome) noexcept override;

private:
    void acknowledge(const store::IngestOutcome& outcome);
    void deliver(const store::IngestOutcome& outcome);
    void giveBack(const domain::NewEvent& event) noexcept;

    Collaborators collaborators_;
    http::Completion completion_;
};

} // namespace hookgate::pipeline
