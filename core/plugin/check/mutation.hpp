#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hookgate::plugin::check {

constexpr bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool isLetter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool isWordCharacter(char c) noexcept {
    return isDigit(c) || isLetter(c);
}

constexpr char flipped(char byte, unsigned char bits) noexcept {
    return static_cast<char>(static_cast<unsigned char>(byte) ^ bits);
}

// Another character of the same kind, so that the text keeps its form: 3 becomes 4, z becomes a.
constexpr char sibling(char c) noexcept {
    if (c == '9' || c == 'z' || c == 'Z') return c == '9' ? '0' : static_cast<char>(c - 25);
    return isWordCharacter(c) ? static_cast<char>(c + 1) : c;
}

// A text of the same form in which every digit and letter is another.
inline std::string siblingOf(std::string_view text) {
    std::string other{text};
    for (auto& c : other)
        c = sibling(c);
    return other;
}

// A maximal run of characters of one kind.
struct Run {
    std::size_t begin = 0;
    std::size_t size = 0;
};

// The next run of characters for which `belongs` holds, from a place on; size 0: none.
template <class Belongs>
constexpr Run nextRun(std::string_view text, std::size_t from, const Belongs& belongs) noexcept {
    while (from < text.size() && !belongs(text[from]))
        ++from;
    Run run{from, 0};
    while (from + run.size < text.size() && belongs(text[from + run.size]))
        ++run.size;
    return run;
}

} // namespace hookgate::plugin::check
