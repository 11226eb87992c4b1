#pragma once

#include "core/base/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hookgate::coordination {

struct Admission {
    bool admitted = true;
    std::chrono::seconds retry_after{0}; // when not admitted, at least 1
};

// What is remembered of a stored webhook: a hint that saves the store a look-up, never a proof.
struct Marker {
    base::Uuid event_id;
    std::string body_sha256;  // 32 bytes
    base::Uuid incarnation{}; // of the database that holds the event
};

struct CoordinatorHealth {
    bool degraded = false;
    std::string detail; // a fixed phrase
};

// What several requests, or several nodes, have to agree on but may also lose: rate limits, markers
// of what was seen, and locks that save work. Nothing here decides whether an event is kept. Never
// throws; a backend that cannot be reached falls back to in-process rules. Safe to call from any
// thread.
class Coordinator {
public:
    virtual ~Coordinator() = default;

    // Counts one request of `key` (provider and peer address) against a limit per minute; 0 = no
    // limit.
    virtual Admission admit(std::string_view key, std::int64_t limit_per_minute) noexcept = 0;

    // The same for requests that wait together; admissions has as many places as keys.
    virtual void admitAll(std::span<const std::string_view> keys, std::int64_t limit_per_minute,
                          std::span<Admission> admissions) noexcept {
        for (std::size_t i = 0; i < keys.size(); ++i)
            admissions[i] = admit(keys[i], limit_per_minute);
    }

    // Only after the event is committed. Does not wait for a server.
    virtual void remember(std::string_view idempotency_key, const Marker& marker,
                          std::chrono::seconds time_to_live) noexcept = 0;
    virtual std::optional<Marker> recall(std::string_view idempotency_key) noexcept = 0;

    // The same for several; markers has as many places as keys.
    virtual void recallAll(std::span<const std::string_view> idempotency_keys,
                           std::span<std::optional<Marker>> markers) noexcept {
        for (std::size_t i = 0; i < idempotency_keys.size(); ++i)
            markers[i] = recall(idempotency_keys[i]);
    }

    // A token when the lock was free, for efficiency only; unlock compares it.
    virtual std::optional<std::string> lock(std::string_view name,
                                            std::chrono::seconds time_to_live) noexcept = 0;
    virtual void unlock(std::string_view name, std::string_view token) noexcept = 0;

    virtual CoordinatorHealth health() const noexcept = 0;
};

} // namespace hookgate::coordination
