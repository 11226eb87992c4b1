#include "core/pipeline/intake.hpp"

#include "core/base/text.hpp"
#include "core/pipeline/call_refusal.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace hookgate::pipeline {
namespace {

// A plugin may name what it likes; a metric's labels come from the configuration alone.
std::string_view secretThatProved(const Verified& verified) noexcept {
    const auto& secrets = verified.admitted.integration->record.secrets;
    const auto known = std::find_if(secrets.begin(), secrets.end(), [&](const auto& secret) {
        return secret.key_id == verified.verdict.key_id;
    });
    return known == secrets.end() ? "other" : std::string_view{known->key_id};
}

} // namespace

Intake::Intake(ClientAddress client_address, Admission admission, store::EventStore& store,
               PendingWebhook::Collaborators collaborators, RejectionSink rejection_sink)
    : client_address_{std::move(client_address)},
      admission_{admission},
      store_{store},
      collaborators_{collaborators},
      rejection_sink_{std::move(rejection_sink)} {}

void Intake::accept(std::span<Arrival> arrivals) {
    std::vector<Received> received;
    received.reserve(arrivals.size());
    for (const auto& arrival : arrivals)
        received.push_back(receive(*arrival.request));
    auto admitted = admission_.admit(received);

    Pending pending;
    pending.reserve(arrivals.size());
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        try {
            if (auto webhook = examine(received[i], admitted[i], arrivals[i]))
                pending.push_back(std::move(webhook));
        } catch (const std::exception& e) {
            // The completion answers 500 when it is dropped.
            collaborators_.log.error("webhook failed", {{"error", e.what()}});
        }
    }
    if (!pending.empty()) store(pending);
}

std::unique_ptr<PendingWebhook> Intake::examine(const Received& received,
                                                base::Result<Admitted, Refusal>& admitted,
                                                Arrival& arrival) {
    const auto refused = [&](Refusal& refusal) {
        refuse(received, refusal, std::move(arrival.completion));
        return nullptr;
    };
    if (!admitted) return refused(admitted.error());

    auto verified = verification_.verify(*admitted);
    if (!verified) return refused(verified.error());
    collaborators_.metrics.webhookAuthentic(verified->admitted.integration->record.provider,
                                            secretThatProved(*verified));

    auto normalized = normalization_.normalize(*verified);
    if (!normalized) return refused(normalized.error());
    tellRejectedEvents(*normalized);

    return std::make_unique<PendingWebhook>(*normalized, std::move(arrival.request->body),
                                            std::move(arrival.completion), collaborators_);
}

void Intake::store(Pending& pending) {
    std::vector<const domain::NewWebhook*> webhooks;
    webhooks.reserve(pending.size());
    for (const auto& item : pending)
        webhooks.push_back(&item->webhook);
    auto known = collaborators_.markers.recall(webhooks, store_.incarnation());
    for (std::size_t i = 0; i < pending.size(); ++i) {
        if (!known[i].empty()) {
            pending[i]->alreadyStored(std::move(known[i]));
            continue;
        }
        pending[i]->reserve();
        store_.ingest(std::move(pending[i]));
    }
}

Received Intake::receive(const http::Request& request) const {
    const auto given = request.header("x-correlation-id");
    Received received{.request = request,
                      .correlation_id = base::isCorrelationId(given)
                                            ? std::string{given}
                                            : collaborators_.ids.next().text(),
                      .client_ip = client_address_.of(request),
                      .headers = {}};
    received.headers.reserve(request.headers.size());
    for (const auto& header : request.headers)
        received.headers.push_back({header.name, header.value});
    return received;
}

void Intake::tellRejectedEvents(const Normalized& normalized) {
    const auto& admitted = normalized.verified.admitted;
    for (const auto& event : normalized.events) {
        if (!event.rejected) continue;
        const Refusal refusal{.outcome = "rejected",
                              .reason = wordOf(*event.rejected),
                              .provider = admitted.integration->record.provider,
                              .explanation = "one event of a request that holds others"};
        tell(admitted.received, refusal);
    }
}

void Intake::refuse(const Received& received, Refusal& refusal, http::Completion completion) {
    refusal.reply.headers.emplace_back("x-correlation-id", received.correlation_id);
    completion.reply(std::move(refusal.reply));

    collaborators_.metrics.webhook(refusal.provider, refusal.outcome);
    if (!refusal.reason.empty()) tell(received, refusal);
}

void Intake::tell(const Received& received, const Refusal& refusal) {
    collaborators_.metrics.rejection(refusal.reason);
    const bool worth_a_line = refusal.is_gateway_fault || rejection_sink_(received, refusal);
    if (!worth_a_line) return;
    collaborators_.log.write(
        refusal.is_gateway_fault ? base::LogLevel::Error : base::LogLevel::Warning,
        "webhook refused",
        {{"provider", refusal.provider},
         {"reason", refusal.reason},
         {"explanation", refusal.explanation},
         {"client_ip", received.client_ip},
         {"correlation_id", received.correlation_id}});
}

} // namespace hookgate::pipeline
