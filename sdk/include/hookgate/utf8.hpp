// hookgate/utf8.hpp - whether bytes are text. Part of provider.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookgate {
namespace detail {

// What a character of several bytes may begin with, and its second byte; the others are 80 to bf.
struct Utf8Lead {
    std::uint8_t first_from, first_to, second_from, second_to;
    std::size_t length;
};

// Unicode, table 3-7.
inline constexpr std::array<Utf8Lead, 8> kUtf8Leads{{{0xc2, 0xdf, 0x80, 0xbf, 2},
                                                     {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                                     {0xe1, 0xec, 0x80, 0xbf, 3},
                                                     {0xed, 0xed, 0x80, 0x9f, 3},
                                                     {0xee, 0xef, 0x80, 0xbf, 3},
                                                     {0xf0, 0xf0, 0x90, 0xbf, 4},
                                                     {0xf1, 0xf3, 0x80, 0xbf, 4},
                                                     {0xf4, 0xf4, 0x80, 0x8f, 4}}};

// Bytes of the first character; 0 when there is none.
constexpr std::size_t utf8Length(std::string_view text) noexcept {
    const auto within = [text](std::size_t i, std::uint8_t from, std::uint8_t to) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        return byte >= from && byte <= to;
    };
    if (text.empty()) return 0;
    if (within(0, 0x00, 0x7f)) return 1;
    for (const auto& lead : kUtf8Leads) {
        if (!within(0, lead.first_from, lead.first_to)) continue;
        if (text.size() < lead.length || !within(1, lead.second_from, lead.second_to)) return 0;
        for (std::size_t i = 2; i < lead.length; ++i)
            if (!within(i, 0x80, 0xbf)) return 0;
        return lead.length;
    }
    return 0;
}

} // namespace detail

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
constexpr bool isUtf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = detail::utf8Length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace hookgate
