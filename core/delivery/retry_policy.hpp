#pragma once

#include "core/base/clock.hpp"
#include "core/domain/records.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace hookgate::delivery {

struct RetryLimits {
    int max_sends = 20; // per generation
    std::chrono::milliseconds base_delay{5000};
    std::chrono::milliseconds max_delay{3'600'000};
};

// What a failed send leads to.
struct RetryDecision {
    domain::DeliveryOutcome outcome = domain::DeliveryOutcome::Failed; // Retry or Failed
    std::chrono::milliseconds delay{0};                                // for Retry
};

// A failed send, as far as the decision depends on it.
struct FailedSend {
    int sends = 1;       // of this generation, this one included
    int http_status = 0; // 0: no answer
    std::optional<std::chrono::milliseconds> retry_after = {};
};

// Pure functions. `chance` is a random number from [0, 1).

// base * 2^(sends-1), capped, then moved by up to a fifth in either direction so that events that
// failed together do not return together. Never above the cap: what would be is mirrored below it.
std::chrono::milliseconds backoff(const RetryLimits& limits, int sends, double chance) noexcept;

// A Retry-After of delay-seconds or any HTTP-date; a date in the past is 0. nullopt: neither.
std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view value,
                                                         base::UnixMs now) noexcept;

// 410 and the last send of a generation end it. Otherwise the event is sent again after the
// backoff, or after Retry-After (and up to a tenth more) when that is longer; never after more than
// the cap.
RetryDecision decideRetry(const RetryLimits& limits, const FailedSend& send,
                          double chance) noexcept;

} // namespace hookgate::delivery
