#pragma once

#include "core/base/clock.hpp"
#include "core/domain/records.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace hookgate::observability {

// Lets what strangers do into the audit trail, but only so many entries a minute in all, so that
// they cannot fill the disk; each entry can say how many were left out before it. Safe to call from
// any thread.
class AuditSampler {
public:
    using Sink = std::function<void(domain::AuditEntry)>;

    static constexpr std::size_t kEntriesPerMinute = 60;

    // The clock outlives the sampler; the sink must not block.
    AuditSampler(Sink sink, const base::Clock& clock, std::size_t per_minute = kEntriesPerMinute);

    // True: within the sample. `make` is called only then, with the number left out since the last
    // entry, and makes the entry.
    template <class Make>
    bool offer(Make&& make) {
        const auto left_out = admit();
        if (!left_out) return false;
        sink_(std::forward<Make>(make)(*left_out));
        return true;
    }

private:
    std::optional<std::uint64_t> admit();

    const Sink sink_;
    const base::Clock& clock_;
    const std::size_t per_minute_;
    std::mutex mutex_;
    base::BootMs minute_began_;
    std::size_t passed_ = 0;
    std::uint64_t left_out_ = 0;
};

} // namespace hookgate::observability
