#include "core/coordination/memory/coordinator.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/coordination/memory/expiring_table.hpp"
#include "core/coordination/memory/rate_limiter.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>

namespace hookgate::coordination::memory {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::chrono::seconds kLongestLife{10LL * 365 * 24 * 3600};

base::BootMs after(base::BootMs now, std::chrono::seconds time_to_live) noexcept {
    return now + std::chrono::milliseconds{std::min(time_to_live, kLongestLife)}.count();
}

std::string newToken() {
    std::array<std::uint8_t, 16> bytes{};
    base::randomBytes(bytes);
    return base::toHex(bytes);
}

// One mutex for each kind: a call holds it for a look-up in a tree. Out of memory is answered as if
// nothing was known, since nothing here may stop a webhook.
class MemoryCoordinator final : public Coordinator {
public:
    MemoryCoordinator(const base::Clock& clock, Capacity capacity)
        : clock_{clock},
          limiter_{std::max<std::size_t>(capacity.rate_keys, 1)},
          markers_{std::max<std::size_t>(capacity.markers, 1)},
          locks_{std::max<std::size_t>(capacity.locks, 1)} {}

    Admission admit(std::string_view key, std::int64_t limit_per_minute) noexcept override {
        try {
            const std::lock_guard guard{limiter_mutex_};
            return limiter_.admit(key, limit_per_minute, clock_.bootMs());
        } catch (const std::bad_alloc&) {
            return {};
        }
    }

    void remember(std::string_view idempotency_key, const Marker& marker,
                  std::chrono::seconds time_to_live) noexcept override {
        // Anything else is no digest, and may be of any length.
        if (marker.body_sha256.size() != kDigestBytes) return;
        try {
            const std::lock_guard guard{markers_mutex_};
            const auto now = clock_.bootMs();
            markers_.put(idempotency_key, marker, after(now, time_to_live), now);
        } catch (const std::bad_alloc&) {
            return;
        }
    }

    std::optional<Marker> recall(std::string_view idempotency_key) noexcept override {
        try {
            const std::lock_guard guard{markers_mutex_};
            const auto* marker = markers_.find(idempotency_key, clock_.bootMs());
            if (marker == nullptr) return std::nullopt;
            return *marker;
        } catch (const std::bad_alloc&) {
            return std::nullopt;
        }
    }

    std::optional<std::string> lock(std::string_view name,
                                    std::chrono::seconds time_to_live) noexcept override {
        try {
            auto token = newToken();
            const std::lock_guard guard{locks_mutex_};
            const auto now = clock_.bootMs();
            if (locks_.find(name, now) != nullptr) return std::nullopt;
            locks_.put(name, token, after(now, time_to_live), now);
            return token;
        } catch (const std::bad_alloc&) {
            return std::nullopt;
        }
    }

    void unlock(std::string_view name, std::string_view token) noexcept override {
        try {
            const std::lock_guard guard{locks_mutex_};
            const auto* holder = locks_.find(name, clock_.bootMs());
            if (holder != nullptr && *holder == token) locks_.erase(name);
        } catch (const std::bad_alloc&) {
            return; // it expires
        }
    }

    CoordinatorHealth health() const noexcept override {
        return {.degraded = false, .detail = "in-process"};
    }

private:
    const base::Clock& clock_;
    std::mutex limiter_mutex_;
    RateLimiter limiter_;
    std::mutex markers_mutex_;
    ExpiringTable<Marker> markers_;
    std::mutex locks_mutex_;
    ExpiringTable<std::string> locks_;
};

} // namespace

std::unique_ptr<Coordinator> makeCoordinator(const base::Clock& clock, Capacity capacity) {
    return std::make_unique<MemoryCoordinator>(clock, capacity);
}

} // namespace hookgate::coordination::memory
