#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <optional>

namespace hookgate::store::postgresql {

// Whose ids and times are written. Safe to use from any thread.
struct Context {
    base::UuidGenerator& ids;
    const base::Clock& clock;
    // Times come from the clock above instead of the database's: for tests.
    bool own_time = false;

    // A parameter of statements that say coalesce($1::bigint, now_ms()).
    std::optional<std::int64_t> now() const noexcept {
        return own_time ? std::optional{clock.unixMs()} : std::nullopt;
    }
};

// The day, since 1970-01-01, of an id's making: it is in that day's partition.
inline std::int32_t dayOf(const base::Uuid& id) noexcept {
    return static_cast<std::int32_t>((base::UuidGenerator::ordinal(id) >> 12) / 86'400'000);
}

} // namespace hookgate::store::postgresql
