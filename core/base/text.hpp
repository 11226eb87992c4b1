#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookgate::base {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool isUtf8(std::string_view text) noexcept;

// The text with every byte that is no UTF-8 replaced by U+FFFD.
std::string repairUtf8(std::string_view text);

// Percent-decoding (RFC 3986) done exactly once; `+` stays a plus. nullopt: a broken escape.
std::optional<std::string> percentDecode(std::string_view text);

// ASCII only, whatever the locale.
constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string toLower(std::string_view text);
bool equalIgnoringCase(std::string_view a, std::string_view b) noexcept;

// Without leading and trailing spaces, tabs, CR and LF.
std::string_view trim(std::string_view text) noexcept;

// A provider's name, `[a-z0-9][a-z0-9_-]{0,62}`: the word in the URL, in the configuration and in
// metrics.
bool isProviderName(std::string_view name) noexcept;

// A correlation id worth keeping, `[A-Za-z0-9._-]{1,64}`.
bool isCorrelationId(std::string_view id) noexcept;

} // namespace hookgate::base
