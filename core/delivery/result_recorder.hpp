#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/delivery/answer.hpp"
#include "core/delivery/retry_policy.hpp"
#include "core/delivery/transfer.hpp"
#include "core/observability/metrics.hpp"
#include "core/store/event_store.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <string>

namespace hookgate::delivery {

// Decides what a send has led to and tells the store, the metrics and the log. Belongs to the send
// loop's thread.
class ResultRecorder {
public:
    struct Collaborators {
        store::EventStore& store;
        observability::Metrics& metrics;
        base::Log& log;
        const base::Clock& clock;
    };

    // When the event is sent again; nullopt: not.
    using Again = std::optional<std::chrono::milliseconds>;

    ResultRecorder(const RetryLimits& limits, Collaborators collaborators);

    // A send that ended.
    Again sent(Transfer& transfer, CURLcode code);
    // An attempt that failed before a request was made; `error` is a fixed text.
    Again unsent(Transfer& transfer, std::string error);

private:
    Again record(Transfer& transfer, const Answer& answer, std::string error);
    void report(const Transfer& transfer, const domain::DeliveryResult& result);

    const RetryLimits limits_;
    Collaborators with_;
    std::minstd_rand random_;
};

} // namespace hookgate::delivery
