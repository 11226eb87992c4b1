#include "core/observability/log_line.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/text.hpp"
#include "core/base/time_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>
#include <variant>

namespace hookgate::observability {
namespace {

constexpr std::size_t kLevelWidth = 11;
constexpr std::string_view kDigits = "0123456789abcdef";

// Cut between characters, so that no half of one is left.
std::string_view cut(std::string_view text) noexcept {
    if (text.size() <= kLogTextBytesMax) return text;
    auto length = kLogTextBytesMax;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
        --length;
    return text.substr(0, length == 0 ? kLogTextBytesMax : length);
}

// U+0080 to U+009F are controls to a terminal (U+009B begins an escape sequence), yet JSON lets
// them stand.
void escapeHighControls(std::string& text, std::size_t from) {
    for (auto at = text.find('\xC2', from); at != std::string::npos;
         at = text.find('\xC2', at + 1)) {
        const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : 0);
        if (next < 0x80 || next > 0x9F) continue;
        const std::array escape{'\\', 'u', '0', '0', kDigits[next >> 4], kDigits[next & 15]};
        text.replace(at, 2, escape.data(), escape.size());
    }
}

void appendQuoted(std::string& out, std::string_view text) {
    const auto from = out.size();
    base::appendJsonString(out, cut(text));
    escapeHighControls(out, from);
}

void appendNumber(std::string& out, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto [end, error] = std::to_chars(digits.begin(), digits.end(), number);
    out.append(digits.begin(), end);
}

bool isPlain(char c) noexcept {
    return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\';
}

// For people: without quotes where nothing can be misread.
void appendWord(std::string& out, std::string_view text, bool spaces_are_plain) {
    const auto plain = [&](char c) { return isPlain(c) || (spaces_are_plain && c == ' '); };
    if (!text.empty() && text.size() <= kLogTextBytesMax && std::ranges::all_of(text, plain))
        out += text;
    else
        appendQuoted(out, text);
}

template <class AppendText>
void appendValue(std::string& out, const base::LogField& field, AppendText append_text) {
    std::visit(
        [&](const auto& value) {
            using Value = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, bool>)
                out += value ? "true" : "false";
            else if constexpr (std::is_same_v<Value, std::int64_t>)
                appendNumber(out, value);
            else
                append_text(value);
        },
        field.value);
}

void appendJson(std::string& out, const LogLine& line) {
    out += R"({"ts":")";
    out += base::toRfc3339(line.time);
    out += R"(","level":")";
    out += nameOf(line.level);
    out += R"(","event":)";
    appendQuoted(out, line.event);
    for (const auto& field : line.fields) {
        out += ',';
        appendQuoted(out, field.key);
        out += ':';
        appendValue(out, field, [&](std::string_view text) { appendQuoted(out, text); });
    }
    out += "}\n";
}

void appendText(std::string& out, const LogLine& line) {
    out += base::toRfc3339(line.time);
    out += ' ';
    const auto level = nameOf(line.level);
    out += level;
    out.append(kLevelWidth - std::min(kLevelWidth, level.size()) + 1, ' ');
    appendWord(out, line.event, true);
    for (const auto& field : line.fields) {
        out += ' ';
        appendWord(out, field.key, false);
        out += '=';
        appendValue(out, field, [&](std::string_view text) { appendWord(out, text, false); });
    }
    out += '\n';
}

} // namespace

std::string_view nameOf(base::LogLevel level) noexcept {
    switch (level) {
        case base::LogLevel::Fatal:
            return "fatal";
        case base::LogLevel::Critical:
            return "critical";
        case base::LogLevel::Error:
            return "error";
        case base::LogLevel::Warning:
            return "warning";
        case base::LogLevel::Notice:
            return "notice";
        case base::LogLevel::Information:
            return "information";
        case base::LogLevel::Debug:
            return "debug";
        case base::LogLevel::Trace:
            break;
    }
    return "trace";
}

void appendLogLine(std::string& out, LogFormat format, const LogLine& line) {
    if (format == LogFormat::Json)
        appendJson(out, line);
    else
        appendText(out, line);
}

} // namespace hookgate::observability
