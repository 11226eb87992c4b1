#include "core/delivery/retry_policy.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <curl/curl.h>

namespace hookgate::delivery {
namespace {

using std::chrono::milliseconds;

constexpr int kGone = 410;
constexpr double kSpread = 0.2;
constexpr double kRetryAfterSpread = 0.1;
constexpr std::int64_t kMostSeconds = 1'000'000'000; // far above every cap, and safe to multiply

milliseconds scaled(milliseconds delay, double factor) noexcept {
    return milliseconds{
        static_cast<milliseconds::rep>(static_cast<double>(delay.count()) * factor)};
}

} // namespace

milliseconds backoff(const RetryLimits& limits, int sends, double chance) noexcept {
    auto delay = std::min(limits.base_delay, limits.max_delay);
    for (int n = 1; n < sends && delay < limits.max_delay; ++n)
        delay = delay > limits.max_delay / 2 ? limits.max_delay : delay * 2;
    const auto moved = scaled(delay, 1 - kSpread + 2 * kSpread * chance);
    return moved > limits.max_delay ? limits.max_delay - (moved - limits.max_delay) : moved;
}

std::optional<milliseconds> parseRetryAfter(std::string_view value, base::UnixMs now) noexcept {
    value = base::trim(value);
    if (value.empty()) return std::nullopt;
    const bool digits =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) {
        std::int64_t seconds = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc{} || seconds > kMostSeconds) seconds = kMostSeconds;
        return milliseconds{seconds * 1000};
    }
    std::array<char, 64> date{};
    if (value.size() >= date.size()) return std::nullopt;
    value.copy(date.data(), value.size());
    const std::time_t when = ::curl_getdate(date.data(), nullptr);
    if (when < 0) return std::nullopt;
    return milliseconds{
        std::clamp<std::int64_t>(when * std::int64_t{1000} - now, 0, kMostSeconds * 1000)};
}

RetryDecision decideRetry(const RetryLimits& limits, const FailedSend& send,
                          double chance) noexcept {
    if (send.http_status == kGone || send.sends >= limits.max_sends)
        return {.outcome = domain::DeliveryOutcome::Failed};
    auto delay = backoff(limits, send.sends, chance);
    if (send.retry_after) {
        const auto asked = scaled(*send.retry_after, 1 + kRetryAfterSpread * chance);
        delay = std::min(std::max(delay, asked), limits.max_delay);
    }
    return {.outcome = domain::DeliveryOutcome::Retry, .delay = delay};
}

} // namespace hookgate::delivery
