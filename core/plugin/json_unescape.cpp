#include "core/base/hex.hpp"
#include "core/plugin/json_index.hpp"

namespace hookgate::plugin {
namespace {

// REQUIRES: four hexadecimal digits at the front.
std::uint32_t codeUnit(std::string_view digits) noexcept {
    std::uint32_t unit = 0;
    for (const char c : digits.substr(0, 4))
        unit = unit << 4 | static_cast<std::uint32_t>(base::hexDigit(c));
    return unit;
}

void appendUtf8(std::string& out, std::uint32_t code_point) {
    const auto continuation = [&](unsigned shift) {
        out.push_back(static_cast<char>(0x80 | (code_point >> shift & 0x3f)));
    };
    if (code_point < 0x80) {
        out.push_back(static_cast<char>(code_point));
    } else if (code_point < 0x800) {
        out.push_back(static_cast<char>(0xc0 | code_point >> 6));
        continuation(0);
    } else if (code_point < 0x10000) {
        out.push_back(static_cast<char>(0xe0 | code_point >> 12));
        continuation(6);
        continuation(0);
    } else {
        out.push_back(static_cast<char>(0xf0 | code_point >> 18));
        continuation(12);
        continuation(6);
        continuation(0);
    }
}

// `rest` begins behind "\u".
bool takeCodePoint(std::string& out, std::string_view& rest) {
    auto code_point = codeUnit(rest);
    rest.remove_prefix(4);
    if (code_point >= 0xd800 && code_point < 0xe000) {
        const bool pair = code_point < 0xdc00 && rest.size() >= 6 && rest.starts_with("\\u");
        const auto low = pair ? codeUnit(rest.substr(2)) : 0;
        if (low < 0xdc00 || low > 0xdfff) return false;
        code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
        rest.remove_prefix(6);
    }
    appendUtf8(out, code_point);
    return true;
}

char plainEscape(char c) noexcept {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

} // namespace

bool appendUnescaped(std::string& out, std::string_view literal) {
    auto rest = literal.substr(1, literal.size() - 2);
    while (!rest.empty()) {
        const auto backslash = rest.find('\\');
        out.append(rest.substr(0, backslash));
        if (backslash == std::string_view::npos) break;
        const char escape = rest[backslash + 1];
        rest.remove_prefix(backslash + 2);
        if (escape != 'u')
            out.push_back(plainEscape(escape));
        else if (!takeCodePoint(out, rest))
            return false;
    }
    return true;
}

} // namespace hookgate::plugin
