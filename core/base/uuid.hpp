#pragma once

#include "core/base/clock.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hookgate::base {

// A UUID (RFC 9562) by value; compares bytewise, so that version 7 ids compare in order of
// creation.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;

    bool isNil() const noexcept { return *this == Uuid{}; }

    // 36 characters in lower case.
    std::string text() const;

    // Accepts the 36-character form in either case and nothing else.
    static std::optional<Uuid> parse(std::string_view text) noexcept;

    // A version 8 id that is always the same for the same name: ids of rows that are derived, not
    // stored.
    static Uuid derived(std::string_view name) noexcept;
};

// Makes version 7 ids whose first 64 bits are unique within the process and rising: 48 bits of
// milliseconds, then a 12-bit counter (RFC 9562, 6.2 method 1) that borrows from the next
// millisecond when it is exhausted. A store may therefore use ordinal() as an integer key. Safe to
// call from any thread.
class UuidGenerator {
public:
    explicit UuidGenerator(const Clock& clock) : clock_{clock} {}

    Uuid next() noexcept;

    // Every id made after this has an ordinal above `ordinal`: called with the highest stored one
    // at start, so that a clock set back cannot make a key twice.
    void startAbove(std::int64_t ordinal) noexcept;

    // The 60 bits of time and counter of a version 7 id.
    static std::int64_t ordinal(const Uuid& id) noexcept;

private:
    const Clock& clock_;
};

} // namespace hookgate::base

template <>
struct std::hash<hookgate::base::Uuid> {
    std::size_t operator()(const hookgate::base::Uuid& id) const noexcept;
};
