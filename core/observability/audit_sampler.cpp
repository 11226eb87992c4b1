#include "core/observability/audit_sampler.hpp"

namespace hookgate::observability {
namespace {

constexpr base::BootMs kMinuteMs = 60'000;

} // namespace

AuditSampler::AuditSampler(Sink sink, const base::Clock& clock, std::size_t per_minute)
    : sink_{std::move(sink)},
      clock_{clock},
      per_minute_{per_minute},
      minute_began_{clock.bootMs()} {}

std::optional<std::uint64_t> AuditSampler::admit() {
    const auto now = clock_.bootMs();
    const std::lock_guard lock{mutex_};
    if (now - minute_began_ >= kMinuteMs) {
        minute_began_ = now;
        passed_ = 0;
    }
    if (passed_ >= per_minute_) {
        ++left_out_;
        return std::nullopt;
    }
    ++passed_;
    return std::exchange(left_out_, 0);
}

} // namespace hookgate::observability
