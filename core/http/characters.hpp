#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace hookgate::http {

// Classes of bytes, as a table: every byte of every head is looked at.
struct CharacterClass {
    static constexpr std::uint8_t kToken = 1;   // RFC 9110, 5.6.2
    static constexpr std::uint8_t kValue = 2;   // of a header value: HTAB, SP, visible, obs-text
    static constexpr std::uint8_t kVisible = 4; // 0x21 to 0x7e

    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";

    static constexpr std::array<std::uint8_t, 256> table() noexcept {
        std::array<std::uint8_t, 256> classes{};
        for (unsigned byte = 0; byte < classes.size(); ++byte) {
            const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
            const bool digit = byte >= '0' && byte <= '9';
            const auto c = static_cast<char>(static_cast<unsigned char>(byte));
            auto& flags = classes[byte];
            if (letter || digit || kMarks.find(c) != std::string_view::npos) flags |= kToken;
            if ((byte >= 0x20 && byte != 0x7f) || byte == '\t') flags |= kValue;
            if (byte > 0x20 && byte < 0x7f) flags |= kVisible;
        }
        return classes;
    }
};

inline constexpr auto kCharacterClasses = CharacterClass::table();

constexpr bool hasClass(char c, std::uint8_t wanted) noexcept {
    return (kCharacterClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

inline bool isAllOf(std::string_view text, std::uint8_t wanted) noexcept {
    return std::all_of(text.begin(), text.end(), [wanted](char c) { return hasClass(c, wanted); });
}

inline bool isToken(std::string_view text) noexcept {
    return !text.empty() && isAllOf(text, CharacterClass::kToken);
}

inline bool isFieldValue(std::string_view text) noexcept {
    return isAllOf(text, CharacterClass::kValue);
}

inline bool isDigits(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace hookgate::http
