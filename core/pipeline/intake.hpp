#pragma once

#include "core/base/log.hpp"
#include "core/base/uuid.hpp"
#include "core/http/message.hpp"
#include "core/observability/metrics.hpp"
#include "core/pipeline/admission.hpp"
#include "core/pipeline/client_address.hpp"
#include "core/pipeline/normalization.hpp"
#include "core/pipeline/pending_webhook.hpp"
#include "core/pipeline/verification.hpp"
#include "core/store/event_store.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::pipeline {

// What happens to a webhook between receipt and acknowledgement, in this order and nowhere else.
// Safe to call from any number of ingress workers at once.
class Intake {
public:
    // Tells of a request that was refused through no fault of the gateway. True: it was within the
    // sample and is to be logged too.
    using RejectionSink = std::function<bool(const Received& received, const Refusal& refusal)>;

    Intake(ClientAddress client_address, Admission admission, store::EventStore& store,
           PendingWebhook::Collaborators collaborators, RejectionSink rejection_sink);

    struct Arrival {
        std::unique_ptr<http::Request> request;
        http::Completion completion;
    };

    // As Admission::providerOf().
    std::string_view providerOf(const http::Request& request) const {
        return admission_.providerOf(request);
    }

    // Requests that came together take each step together: what they ask of others is asked once.
    // None fails because of another.
    void accept(std::span<Arrival> arrivals);

private:
    using Pending = std::vector<std::unique_ptr<PendingWebhook>>;

    // Null: it was answered here.
    std::unique_ptr<PendingWebhook> examine(const Received& received,
                                            base::Result<Admitted, Refusal>& admitted,
                                            Arrival& arrival);
    void store(Pending& pending);
    Received receive(const http::Request& request) const;
    void refuse(const Received& received, Refusal& refusal, http::Completion completion);
    // Events that are not authentic though their request is.
    void tellRejectedEvents(const Normalized& normalized);
    // Counts, audits and logs a reason.
    void tell(const Received& received, const Refusal& refusal);

    const ClientAddress client_address_;
    const Admission admission_;
    const Verification verification_{};
    const Normalization normalization_{};
    store::EventStore& store_;
    const PendingWebhook::Collaborators collaborators_;
    const RejectionSink rejection_sink_;
};

} // namespace hookgate::pipeline
