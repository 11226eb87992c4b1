#pragma once

#include "core/http/characters.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookgate::http {

// Finds where a head ends, and the bytes that may not be in one, as soon as they are there: nobody
// waits for the end of a head that cannot become a good one. Knows lines, not what they say.
class HeadScanner {
public:
    enum class Found {
        Nothing,   // all of it looked at, no end yet
        BlankLine, // a CRLF before anything else
        End,       // the empty line
        Defect     // a control byte, or CR and LF apart
    };

    // Looks through `input`, the continuation of what was looked at before. `size`: how much of it
    // belongs to what was found.
    Found scan(std::string_view input, std::size_t& size) noexcept {
        for (size = 0; size < input.size();) {
            const char c = input[size++];
            if (hasClass(c, CharacterClass::kValue)) {
                if (place_ != Place::Begin && place_ != Place::LineStart && place_ != Place::InLine)
                    return Found::Defect;
                place_ = Place::InLine;
                continue;
            }
            const auto found = lineEnd(c);
            if (found != Found::Nothing) return found;
        }
        return Found::Nothing;
    }

    bool isInFirstLine() const noexcept { return lines_ == 0; }

    void reset() noexcept { *this = HeadScanner{}; }

    // For trailers: the empty line may come first.
    void resetBehindFirstLine() noexcept {
        place_ = Place::LineStart;
        lines_ = 1;
    }

private:
    enum class Place : std::uint8_t { Begin, BeginCr, InLine, LineCr, LineStart, EmptyCr };

    Found lineEnd(char c) noexcept {
        switch (place_) {
            case Place::Begin:
                return step(c, '\r', Place::BeginCr, Found::Nothing);
            case Place::BeginCr:
                return step(c, '\n', Place::Begin, Found::BlankLine);
            case Place::InLine:
                return step(c, '\r', Place::LineCr, Found::Nothing);
            case Place::LineCr:
                lines_ = 1;
                return step(c, '\n', Place::LineStart, Found::Nothing);
            case Place::LineStart:
                return step(c, '\r', Place::EmptyCr, Found::Nothing);
            case Place::EmptyCr:
                return step(c, '\n', Place::Begin, Found::End);
        }
        return Found::Defect;
    }

    Found step(char c, char expected, Place next, Found found) noexcept {
        if (c != expected) return Found::Defect;
        place_ = next;
        return found;
    }

    Place place_ = Place::Begin;
    std::uint8_t lines_ = 0; // 1: the first line is complete
};

} // namespace hookgate::http
