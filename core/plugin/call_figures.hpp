#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

namespace hookgate::plugin {

// What a provider is called for.
enum class Step { Verify, Normalize, Format };

inline constexpr std::array<Step, 3> kSteps{Step::Verify, Step::Normalize, Step::Format};

std::string_view nameOf(Step step) noexcept;

// How long calls took, in buckets that are a fifth wider than the one before, at most. Safe to call
// from any thread; counting never waits.
class CallDurations {
public:
    void add(std::chrono::nanoseconds took) noexcept;

    std::uint64_t calls() const noexcept;
    // The upper end of the bucket that holds the 99th of 100 calls; 0 without calls.
    std::chrono::nanoseconds p99() const noexcept;

private:
    // Four buckets for each doubling, from 1 us (2^10 ns) on; the last takes the rest.
    static constexpr unsigned kFirstPower = 10;
    static constexpr std::size_t kBuckets = std::size_t{4} * 25;

    static std::size_t bucketOf(std::uint64_t took_ns) noexcept;
    static std::uint64_t endOf(std::size_t bucket) noexcept;

    std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
};

// The calls into one provider of one plugin file since it was loaded, all its integrations
// together.
struct ProviderCalls {
    std::array<CallDurations, kSteps.size()> steps{};
    std::atomic<std::uint64_t> rejections{0}; // verdicts that a request is not authentic

    CallDurations& of(Step step) noexcept { return steps.at(static_cast<std::size_t>(step)); }

    const CallDurations& of(Step step) const noexcept {
        return steps.at(static_cast<std::size_t>(step));
    }

    // Of verify and normalize and format.
    std::uint64_t calls() const noexcept;
};

// The calls of all providers, by the code that serves them: another version begins at zero, and
// what is served again goes on where it stopped. Safe to call from any thread.
class CallFigures {
public:
    std::shared_ptr<ProviderCalls> of(const void* code); // of a ProviderType

private:
    std::mutex mutex_;
    std::map<const void*, std::shared_ptr<ProviderCalls>> by_code_;
};

} // namespace hookgate::plugin
