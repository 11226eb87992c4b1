#include "core/pipeline/intake.hpp"

#include "core/base/text.hpp"

#include <utility>

namespace hookgate::pipeline {

Intake::Intake(ClientAddress client_address, Admission admission, store::EventStore& store,
               PendingWebhook::Collaborators collaborators, RejectionSink rejection_sink)
    : client_address_{std::move(client_address)},
      admission_{admission},
      store_{store},
      collaborators_{collaborators},
      rejection_sink_{std::move(rejection_sink)} {}

void Intake::accept(std::unique_ptr<http::Request> request, http::Completion completion) {
    const auto received = receive(*request);

    auto admitted = admission_.admit(received);
    if (!admitted) return refuse(received, admitted.error(), std::move(completion));

    auto verified = verification_.verify(*admitted);
    if (!verified) return refuse(received, verified.error(), std::move(completion));

    auto normalized = normalization_.normalize(*verified);
    if (!normalized) return refuse(received, normalized.error(), std::move(completion));

    store_.ingest(std::make_unique<PendingWebhook>(*normalized, std::move(request->body),
                                                   std::move(completion), collaborators_));
}

Received Intake::receive(const http::Request& request) const {
    const auto given = request.header("x-correlation-id");
    Received received{.request = request,
                      .correlation_id = base::isCorrelationId(given)
                                            ? std::string{given}
                                            : collaborators_.ids.next().text(),
                      .client_ip = client_address_.of(request),
                      .headers = {},
                      .url = "http://" + request.host + request.target};
    received.headers.reserve(request.headers.size());
    for (const auto& header : request.headers)
        received.headers.push_back({header.name, header.value});
    return received;
}

void Intake::refuse(const Received& received, Refusal& refusal, http::Completion completion) {
    refusal.reply.headers.emplace_back("x-correlation-id", received.correlation_id);
    completion.reply(std::move(refusal.reply));

    collaborators_.metrics.webhook(refusal.provider, refusal.outcome);
    if (refusal.reason.empty()) return;
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
