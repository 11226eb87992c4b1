#include "core/plugin/call_figures.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace hookgate::plugin {

std::string_view nameOf(Step step) noexcept {
    switch (step) {
        case Step::Verify:
            return "verify";
        case Step::Normalize:
            return "normalize";
        case Step::Format:
            break;
    }
    return "format";
}

std::size_t CallDurations::bucketOf(std::uint64_t took_ns) noexcept {
    if (took_ns < (std::uint64_t{1} << kFirstPower)) return 0;
    // The place of the highest bit, and the two bits below it.
    const auto power = static_cast<unsigned>(std::bit_width(took_ns)) - 1;
    const auto quarter = static_cast<unsigned>(took_ns >> (power - 2)) & 3U;
    return std::min<std::size_t>(std::size_t{4} * (power - kFirstPower) + quarter + 1,
                                 kBuckets - 1);
}

std::uint64_t CallDurations::endOf(std::size_t bucket) noexcept {
    const auto power = kFirstPower + static_cast<unsigned>(bucket / 4);
    return (std::uint64_t{1} << (power - 2)) * (4 + bucket % 4);
}

void CallDurations::add(std::chrono::nanoseconds took) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    counts_.at(bucketOf(ns)).fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t CallDurations::calls() const noexcept {
    std::uint64_t calls = 0;
    for (const auto& count : counts_)
        calls += count.load(std::memory_order_relaxed);
    return calls;
}

std::chrono::nanoseconds CallDurations::p99() const noexcept {
    std::array<std::uint64_t, kBuckets> counts{};
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < kBuckets; ++i)
        calls += counts.at(i) = counts_.at(i).load(std::memory_order_relaxed);
    if (calls == 0) return {};
    const auto wanted = calls - calls / 100;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += counts.at(i);
        if (seen >= wanted) return std::chrono::nanoseconds{endOf(i)};
    }
    return std::chrono::nanoseconds{endOf(kBuckets - 1)};
}

std::uint64_t ProviderCalls::calls() const noexcept {
    std::uint64_t calls = 0;
    for (const auto& step : steps)
        calls += step.calls();
    return calls;
}

std::shared_ptr<ProviderCalls> CallFigures::of(const void* code) {
    const std::lock_guard lock{mutex_};
    auto& calls = by_code_[code];
    if (!calls) calls = std::make_shared<ProviderCalls>();
    return calls;
}

} // namespace hookgate::plugin
