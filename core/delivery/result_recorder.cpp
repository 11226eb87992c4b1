#include "core/delivery/result_recorder.hpp"

#include "core/base/crypto.hpp"
#include "core/base/fail_point.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace hookgate::delivery {
namespace {

// Jitter is to differ between nodes that start together; it is no secret.
std::uint32_t seed() noexcept {
    std::array<std::uint8_t, sizeof(std::uint32_t)> bytes{};
    base::randomBytes(bytes);
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

std::string_view nameOf(domain::DeliveryOutcome outcome) noexcept {
    switch (outcome) {
        case domain::DeliveryOutcome::Delivered:
            return "delivered";
        case domain::DeliveryOutcome::Retry:
            return "retry";
        case domain::DeliveryOutcome::Failed:
            break;
    }
    return "failed";
}

} // namespace

ResultRecorder::ResultRecorder(const RetryLimits& limits, Collaborators collaborators)
    : limits_{limits},
      with_{collaborators},
      random_{seed()} {}

ResultRecorder::Again ResultRecorder::sent(Transfer& transfer, CURLcode code) {
    const auto answer = transfer.answer(code);
    std::string error;
    if (!isSuccess(answer))
        error = failureText(answer);
    else if (HG_FAIL_POINT("after-callback-2xx"))
        return std::nullopt;
    return record(transfer, answer, std::move(error));
}

ResultRecorder::Again ResultRecorder::unsent(Transfer& transfer, std::string error) {
    transfer.attempt_no = transfer.waiting.item.attempts + 1;
    transfer.started_at = with_.clock.unixMs();
    transfer.started_boot = with_.clock.bootMs();
    return record(transfer, {}, std::move(error));
}

ResultRecorder::Again ResultRecorder::record(Transfer& transfer, const Answer& answer,
                                             std::string error) {
    const auto& item = transfer.waiting.item;
    domain::DeliveryResult result{.ref = item.ref,
                                  .integration_id = item.integration_id,
                                  .attempt_no = transfer.attempt_no,
                                  .outcome = domain::DeliveryOutcome::Delivered,
                                  .http_status = answer.status,
                                  .response_body = transfer.takeResponseBody(),
                                  .error_message = std::move(error),
                                  .duration_ms = with_.clock.bootMs() - transfer.started_boot,
                                  .started_at = transfer.started_at};
    Again again;
    if (!result.error_message.empty()) {
        const double chance = std::uniform_real_distribution<double>{}(random_);
        const auto decision = decideRetry(limits_,
                                          {.sends = item.sends + 1,
                                           .http_status = answer.status,
                                           .retry_after = answer.retry_after},
                                          chance);
        result.outcome = decision.outcome;
        if (decision.outcome == domain::DeliveryOutcome::Retry) {
            again = decision.delay;
            result.retry_at = with_.clock.unixMs() + decision.delay.count();
        }
    }
    report(transfer, result);
    with_.store.finish(std::move(result));
    return again;
}

void ResultRecorder::report(const Transfer& transfer, const domain::DeliveryResult& result) {
    const auto& provider = transfer.route->integration->record.provider;
    with_.metrics.delivery(provider, nameOf(result.outcome),
                           std::chrono::milliseconds{result.duration_ms});
    auto level = base::LogLevel::Debug;
    std::string_view event = "event delivered";
    if (result.outcome == domain::DeliveryOutcome::Retry) {
        level = base::LogLevel::Information;
        event = "delivery failed, it is tried again";
    } else if (result.outcome == domain::DeliveryOutcome::Failed) {
        level = base::LogLevel::Warning;
        event = "event failed";
    }
    if (!with_.log.enabled(level)) return;
    const auto id = result.ref.event_id.text();
    with_.log.write(level, event,
                    {{"event_id", id},
                     {"correlation_id", transfer.waiting.item.correlation_id},
                     {"provider", provider},
                     {"attempt", result.attempt_no},
                     {"status", result.http_status},
                     {"duration_ms", result.duration_ms},
                     {"error", result.error_message}});
}

} // namespace hookgate::delivery
