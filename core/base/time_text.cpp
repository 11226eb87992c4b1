#include "core/base/time_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace hookgate::base {
namespace {

constexpr UnixMs kMinMs = -62'167'219'200'000; // 0000-01-01T00:00:00Z
constexpr UnixMs kMaxMs = 253'402'300'799'999; // 9999-12-31T23:59:59.999Z
constexpr UnixMs kDayMs = 86'400'000;

bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// Reads a text from left to right; every step says whether the text went on as expected.
class Cursor {
public:
    explicit Cursor(std::string_view rest) : rest_{rest} {}

    bool number(std::size_t digits, int& value) noexcept {
        if (rest_.size() < digits ||
            !std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(digits),
                         isDigit))
            return false;
        value = 0;
        for (std::size_t i = 0; i < digits; ++i)
            value = value * 10 + (rest_[i] - '0');
        rest_.remove_prefix(digits);
        return true;
    }

    bool character(std::string_view choices, char* which = nullptr) noexcept {
        if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return false;
        if (which != nullptr) *which = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }

    // One digit or more, the first three of them as milliseconds.
    bool fraction(int& ms) noexcept {
        if (rest_.empty() || !isDigit(rest_.front())) return false;
        ms = 0;
        for (int unit = 100; !rest_.empty() && isDigit(rest_.front()); unit /= 10) {
            ms += (rest_.front() - '0') * unit;
            rest_.remove_prefix(1);
        }
        return true;
    }

    bool atEnd() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool readOffset(Cursor& cursor, int& offset_minutes) noexcept {
    char sign = 0;
    if (!cursor.character("Zz+-", &sign)) return false;
    offset_minutes = 0;
    if (sign == 'Z' || sign == 'z') return true;
    int hours = 0;
    int minutes = 0;
    if (!cursor.number(2, hours)) return false;
    if (!cursor.atEnd()) {
        cursor.character(":");
        if (!cursor.number(2, minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    offset_minutes = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
    return true;
}

} // namespace

std::string toRfc3339(UnixMs time) {
    time = std::clamp(time, kMinMs, kMaxMs);
    const auto days = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{time}});
    const std::chrono::year_month_day date{days};
    const auto ms_of_day = static_cast<int>(time - days.time_since_epoch().count() * kDayMs);
    std::array<char, 40> text{};
    const auto length =
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), ms_of_day / 3'600'000,
                      ms_of_day / 60'000 % 60, ms_of_day / 1000 % 60, ms_of_day % 1000);
    return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<UnixMs> parseIso8601(std::string_view text) noexcept {
    Cursor cursor{text};
    int year = 0;
    int month = 0;
    int day = 0;
    if (!cursor.number(4, year) || !cursor.character("-") || !cursor.number(2, month) ||
        !cursor.character("-") || !cursor.number(2, day))
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    const auto midnight = std::chrono::sys_days{date}.time_since_epoch().count() * kDayMs;
    if (cursor.atEnd()) return midnight;

    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    int ms = 0;
    int offset_minutes = 0;
    if (!cursor.character("Tt ") || !cursor.number(2, hours) || !cursor.character(":") ||
        !cursor.number(2, minutes) || !cursor.character(":") || !cursor.number(2, seconds))
        return std::nullopt;
    if (cursor.character(".,") && !cursor.fraction(ms)) return std::nullopt;
    if (!readOffset(cursor, offset_minutes) || !cursor.atEnd()) return std::nullopt;
    if (hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
    return midnight + ((hours * 60 + minutes - offset_minutes) * 60 + seconds) * 1000LL + ms;
}

} // namespace hookgate::base
