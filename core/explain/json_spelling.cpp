#include "core/explain/json_spelling.hpp"

#include <cstddef>

namespace hookgate::explain {
namespace {

// Where the string that begins at `at` ends, its closing quote included.
std::size_t endOfString(std::string_view json, std::size_t at) {
    for (auto i = at + 1; i < json.size(); ++i) {
        if (json[i] == '\\')
            ++i;
        else if (json[i] == '"')
            return i + 1;
    }
    return json.size();
}

bool isSpace(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string withoutSpaces(std::string_view json) {
    std::string text;
    for (std::size_t i = 0; i < json.size();) {
        if (json[i] == '"') {
            const auto end = endOfString(json, i);
            text += json.substr(i, end - i);
            i = end;
        } else {
            if (!isSpace(json[i])) text += json[i];
            ++i;
        }
    }
    return text;
}

bool opens(char c) noexcept {
    return c == '{' || c == '[';
}

bool closes(char c) noexcept {
    return c == '}' || c == ']';
}

// Whether a line ends between these two, each the first byte of its token. What is empty stays on
// its line.
bool breaksBetween(char before, char c) noexcept {
    return before == ',' || opens(before) != closes(c);
}

std::string lineBreak(const JsonLayout& layout, std::size_t depth) {
    if (layout.indent.empty()) return {};
    std::string text{"\n"};
    for (std::size_t i = 0; i < depth; ++i)
        text += layout.indent;
    return text;
}

} // namespace

std::string laidOut(std::string_view json, const JsonLayout& layout) {
    const auto compact = withoutSpaces(json);
    const std::string_view rest{compact};
    std::string text;
    std::size_t depth = 0;
    char before = '\0';
    for (std::size_t i = 0; i < rest.size();) {
        const char c = rest[i];
        const auto end = c == '"' ? endOfString(rest, i) : i + 1;
        if (closes(c) && depth > 0) --depth;
        if (breaksBetween(before, c)) text += lineBreak(layout, depth);
        text += rest.substr(i, end - i);
        if (opens(c)) ++depth;
        if (c == ':') text += layout.after_colon;
        if (c == ',' && layout.indent.empty()) text += layout.after_comma;
        before = c;
        i = end;
    }
    return text;
}

std::string withSlashes(std::string_view json, bool escaped) {
    std::string text;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '\\' && i + 1 < json.size()) {
            if (json[i + 1] == '/' && !escaped)
                text += '/';
            else
                text += json.substr(i, 2);
            ++i;
        } else if (json[i] == '/' && escaped) {
            text += "\\/";
        } else {
            text += json[i];
        }
    }
    return text;
}

} // namespace hookgate::explain
