#include "core/app/housekeeping.hpp"

#include "core/base/thread.hpp"

#include <string_view>

namespace hookgate::app {
namespace {

constexpr std::string_view kRetentionLock = "retention";

// Gives the lock back, however the work under it ends.
class LockInHand {
public:
    LockInHand(coordination::Coordinator& coordinator, std::string_view token) noexcept
        : coordinator_{coordinator},
          token_{token} {}

    LockInHand(const LockInHand&) = delete;
    LockInHand& operator=(const LockInHand&) = delete;

    ~LockInHand() { coordinator_.unlock(kRetentionLock, token_); }

private:
    coordination::Coordinator& coordinator_;
    std::string_view token_;
};

} // namespace

Housekeeping::Housekeeping(Options options, std::function<void()> refresh_integrations,
                           store::EventStore& store, coordination::Coordinator& coordinator,
                           base::Log& log, const base::Clock& clock)
    : options_{options},
      refresh_integrations_{std::move(refresh_integrations)},
      store_{store},
      coordinator_{coordinator},
      log_{log},
      clock_{clock},
      thread_{base::startThread("housekeeping", [this] { run(); })} {}

Housekeeping::~Housekeeping() {
    stop();
}

void Housekeeping::stop() noexcept {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool Housekeeping::stopping() {
    const std::lock_guard lock{mutex_};
    return stopping_;
}

bool Housekeeping::sleep() {
    std::unique_lock lock{mutex_};
    return !wake_.wait_for(lock, options_.integrations_interval, [this] { return stopping_; });
}

void Housekeeping::run() {
    auto next_retention = clock_.bootMs();
    while (sleep()) {
        try {
            refresh_integrations_();
            if (clock_.bootMs() >= next_retention) {
                next_retention = clock_.bootMs() + options_.retention_interval.count();
                retainAlone();
            }
        } catch (const store::StoreError& e) {
            log_.warning("housekeeping failed, it is tried again", {{"error", e.what()}});
        }
    }
}

void Housekeeping::retainAlone() {
    const auto token = coordinator_.lock(kRetentionLock, options_.lock_ttl);
    if (!token) return;
    const LockInHand lock{coordinator_, *token};
    dropWhatIsOld();
}

void Housekeeping::dropWhatIsOld() {
    const auto cutoff = clock_.unixMs() - std::chrono::milliseconds{options_.retention}.count();
    std::size_t dropped = 0;
    while (!stopping()) {
        const auto rows = store_.retain(cutoff);
        if (rows == 0) break;
        dropped += rows;
    }
    if (dropped > 0)
        log_.information("retention dropped rows",
                         {{"rows", dropped}, {"retention_days", options_.retention.count()}});
}

} // namespace hookgate::app
