#include "core/base/json_writer.hpp"

#include "core/base/text.hpp"

namespace hookgate::base {
namespace {

bool needsEscape(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || c == '"' || c == '\\' || byte == 0x7f || byte == 0xe2;
}

// U+2028 and U+2029 end a line in some readers.
bool isLineSeparator(std::string_view rest) noexcept {
    return rest.size() >= 3 && rest[1] == '\x80' && (rest[2] == '\xa8' || rest[2] == '\xa9');
}

void appendEscaped(std::string& out, char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
}

void appendValid(std::string& out, std::string_view text) {
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needsEscape(text[i])) continue;
        const bool separator = text[i] == '\xe2';
        if (separator && !isLineSeparator(text.substr(i))) continue;
        out.append(text.substr(clean, i - clean));
        if (separator) {
            out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            appendEscaped(out, text[i]);
        }
        clean = i + 1;
    }
    out.append(text.substr(clean));
}

} // namespace

void appendJsonString(std::string& out, std::string_view text) {
    out.push_back('"');
    if (isUtf8(text))
        appendValid(out, text);
    else
        appendValid(out, repairUtf8(text));
    out.push_back('"');
}

void JsonWriter::separate() {
    if (needs_comma_) out_.push_back(',');
    needs_comma_ = true;
}

JsonWriter& JsonWriter::beginObject() {
    separate();
    out_.push_back('{');
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::endObject() {
    out_.push_back('}');
    needs_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::beginArray() {
    separate();
    out_.push_back('[');
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::endArray() {
    out_.push_back(']');
    needs_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    appendJsonString(out_, name);
    out_.push_back(':');
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    separate();
    appendJsonString(out_, value);
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    separate();
    out_ += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

JsonWriter& JsonWriter::stringOrNull(std::string_view value) {
    return value.empty() ? null() : string(value);
}

} // namespace hookgate::base
