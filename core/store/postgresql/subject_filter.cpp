#include "core/store/postgresql/subject_filter.hpp"

#include "core/base/hex.hpp"

#include <array>
#include <cstdint>

namespace hookgate::store::postgresql {
namespace {

// PostgreSQL has no text with a NUL, so that such bytes are compared as hexadecimal digits with a
// comma behind each pair: no match can begin in the middle of a byte.
constexpr const char* kHasNul = "position('\\x00'::bytea IN e.subject) > 0";
constexpr const char* kAsDigits =
    "regexp_replace(encode(e.subject, 'hex'), '(..)', '\\1,', 'g') ~ convert_from(?::bytea, "
    "'UTF8')";
// LATIN1 makes a character of each byte, whatever it is; with "C", lower() knows ASCII only.
constexpr const char* kAsLetters =
    "position(convert_from(?::bytea, 'LATIN1') IN "
    "lower(convert_from(e.subject, 'LATIN1') COLLATE \"C\")) > 0";

std::string digits(char byte) {
    const std::array bytes{static_cast<std::uint8_t>(byte)};
    return base::toHex(bytes);
}

std::string pattern(const std::string& part) {
    std::string expression;
    for (const char c : part) {
        if (c >= 'a' && c <= 'z')
            expression += "(?:" + digits(c) + '|' + digits(static_cast<char>(c - 'a' + 'A')) + "),";
        else
            expression += digits(c) + ',';
    }
    return expression;
}

} // namespace

void addSubject(SqlFilter& conditions, const std::string& part) {
    const auto wanted = base::toLower(part);
    if (wanted.find('\0') != std::string::npos) {
        conditions.where(kHasNul);
        conditions.where(kAsDigits, pattern(wanted));
        return;
    }
    conditions.where(
        std::string{"CASE WHEN NOT "} + kHasNul + " THEN " + kAsLetters + " ELSE true END", wanted);
    conditions.where(std::string{"CASE WHEN "} + kHasNul + " THEN " + kAsDigits + " ELSE true END",
                     pattern(wanted));
}

} // namespace hookgate::store::postgresql
