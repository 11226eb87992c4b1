#include "core/base/text.hpp"

#include "core/base/hex.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hookgate::base {
namespace {

// How a sequence may begin: its first byte, how long it is, and its second byte; the others are
// 80 to bf (Unicode, table 3-7). What is not listed is overlong, a surrogate, too high, or no
// start.
struct Lead {
    std::uint8_t first_from, first_to;
    std::size_t length;
    std::uint8_t second_from, second_to;
};

constexpr std::array<Lead, 9> kLeads{{{0x00, 0x7f, 1, 0x00, 0x00},
                                      {0xc2, 0xdf, 2, 0x80, 0xbf},
                                      {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                      {0xe1, 0xec, 3, 0x80, 0xbf},
                                      {0xed, 0xed, 3, 0x80, 0x9f},
                                      {0xee, 0xef, 3, 0x80, 0xbf},
                                      {0xf0, 0xf0, 4, 0x90, 0xbf},
                                      {0xf1, 0xf3, 4, 0x80, 0xbf},
                                      {0xf4, 0xf4, 4, 0x80, 0x8f}}};

// Bytes of the sequence that starts `text`, 0 when it is not UTF-8.
std::size_t sequenceLength(std::string_view text) noexcept {
    const auto within = [text](std::size_t i, std::uint8_t from, std::uint8_t to) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        return byte >= from && byte <= to;
    };
    const auto* const lead = std::find_if(kLeads.begin(), kLeads.end(), [&](const Lead& known) {
        return within(0, known.first_from, known.first_to);
    });
    if (lead == kLeads.end() || lead->length > text.size()) return 0;
    if (lead->length > 1 && !within(1, lead->second_from, lead->second_to)) return 0;
    for (std::size_t i = 2; i < lead->length; ++i)
        if (!within(i, 0x80, 0xbf)) return 0;
    return lead->length;
}

bool isLowerAlnum(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

} // namespace

bool isUtf8(std::string_view text) noexcept {
    while (!text.empty()) {
        if (static_cast<std::uint8_t>(text.front()) < 0x80) {
            text.remove_prefix(1);
            continue;
        }
        const auto length = sequenceLength(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string repairUtf8(std::string_view text) {
    if (isUtf8(text)) return std::string{text};
    std::string repaired;
    repaired.reserve(text.size());
    while (!text.empty()) {
        const auto length = sequenceLength(text);
        repaired.append(length == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(0, length));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return repaired;
}

std::optional<std::string> percentDecode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto high = hexDigit(text[i + 1]);
        const auto low = hexDigit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded.push_back(static_cast<char>(high << 4 | low));
        i += 2;
    }
    return decoded;
}

std::string toLower(std::string_view text) {
    std::string lowered{text};
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    return lowered;
}

bool equalIgnoringCase(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool isProviderName(std::string_view name) noexcept {
    if (name.empty() || name.size() > 63 || !isLowerAlnum(name.front())) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return isLowerAlnum(c) || c == '_' || c == '-'; });
}

bool isCorrelationId(std::string_view id) noexcept {
    if (id.empty() || id.size() > 64) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return isLowerAlnum(lower(c)) || c == '.' || c == '_' || c == '-';
    });
}

} // namespace hookgate::base
