#pragma once

#include "core/base/log.hpp"
#include "core/http/message.hpp"
#include "core/observability/audit_sampler.hpp"
#include "core/observability/metrics.hpp"
#include "core/pipeline/received.hpp"
#include "core/pipeline/refusal.hpp"
#include "core/store/event_store.hpp"

namespace hookgate::app {

// Brings what strangers do into the audit trail, sampled. Safe to call from any thread; never
// blocks.
class RejectionAudit {
public:
    RejectionAudit(store::EventStore& store, observability::Metrics& metrics, base::Log& log,
                   const base::Clock& clock);

    // True: within the sample.
    bool refused(const pipeline::Received& received, const pipeline::Refusal& refusal);
    void unauthorized(const http::Request& request, std::string_view reason);

private:
    observability::Metrics& metrics_;
    base::Log& log_;
    observability::AuditSampler sampler_;
};

} // namespace hookgate::app
