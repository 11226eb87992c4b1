#pragma once

#include "core/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hookgate::base {

// "2026-11-24T18:15:39.042Z" (RFC 3339, UTC, milliseconds). Times outside the years 0 to 9999 are
// clamped.
std::string toRfc3339(UnixMs time);

// An ISO 8601 date and time with seconds, an optional fraction and a required offset (Z, +hh:mm,
// +hhmm, +hh), or a date alone, which means midnight UTC. The fraction is cut to milliseconds; a
// leap second counts as the next one. nullopt: anything else, dates that do not exist included.
std::optional<UnixMs> parseIso8601(std::string_view text) noexcept;

} // namespace hookgate::base
