#include "core/base/text.hpp"

#include "core/base/hex.hpp"

#include <algorithm>
#include <cstdint>

namespace hookgate::base {
namespace {

// Bytes of the sequence that starts `text`, 0 when it is not UTF-8.
std::size_t sequenceLength(std::string_view text) noexcept {
    const auto at = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto continues = [&](std::size_t i) { return i < text.size() && (at(i) & 0xc0) == 0x80; };
    const auto first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        if (!continues(1) || !continues(2)) return 0;
        const bool overlong = first == 0xe0 && at(1) < 0xa0;
        const bool surrogate = first == 0xed && at(1) > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        const bool overlong = first == 0xf0 && at(1) < 0x90;
        const bool too_high = first == 0xf4 && at(1) > 0x8f;
        return overlong || too_high ? 0 : 4;
    }
    return 0;
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
