#pragma once

#include "core/base/clock.hpp"
#include "core/domain/records.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace hookgate::observability {

// Lets what strangers do into the audit trail, but only so many entries a minute in all, so that
// they cannot fill the disk. What was left out is counted by action and told in a summary entry of
// the next minute. Safe to call from any thread; never throws.
class AuditSampler {
public:
    using Sink = std::function<void(domain::AuditEntry)>;

    static constexpr std::size_t kEntriesPerMinute = 60;

    // The clock outlives the sampler; the sink must not block.
    AuditSampler(Sink sink, const base::Clock& clock, std::size_t per_minute = kEntriesPerMinute);

    // True: within the sample. The entry's time is set here.
    bool record(domain::AuditEntry entry) noexcept;

    // Writes the summaries that are due, also when nothing more happens. Called now and then.
    void flush() noexcept;

private:
    struct LeftOut {
        std::string entity_type;
        std::int64_t count = 0;
    };

    void startMinuteWhenDue(base::UnixMs now);
    bool pass(domain::AuditEntry entry);

    const Sink sink_;
    const base::Clock& clock_;
    const std::size_t per_minute_;
    std::mutex mutex_;
    base::BootMs minute_began_;
    base::UnixMs left_out_since_;
    std::size_t passed_ = 0;
    std::map<std::string, LeftOut, std::less<>> left_out_;
};

} // namespace hookgate::observability
