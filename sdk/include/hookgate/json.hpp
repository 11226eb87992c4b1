// hookgate/json.hpp - reading JSON through the host, and writing it. Part of provider.hpp.
#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "hookgate/failure.hpp"

namespace hookgate {

// One value of a JSON document. Views end with the call.
struct JsonValue {
    hg_json_value value{};

    hg_json_kind kind() const noexcept { return value.kind; }

    // A string unescaped; anything else as it was written.
    std::string_view text() const noexcept { return view(value.text); }

    // The exact bytes of the document, a string with its quotes.
    std::string_view raw() const noexcept { return view(value.raw); }
};

// A JSON document, read by RFC 6901 pointer: "/data/id", "" for all of it. Ends with the call.
// Every look-up throws Malformed when a name it comes by is there twice.
class Json {
public:
    std::optional<JsonValue> find(std::string_view pointer) const {
        JsonValue found;
        const auto status =
            call_->json_find(call_, json_, root_, hookgate::raw(pointer), &found.value);
        if (status == HG_NOT_FOUND) return std::nullopt;
        if (status == HG_LIMIT) throw Failure{status, "too much text to unescape"};
        if (status != HG_OK)
            throw Failure{status, std::string{pointer} + " is there twice or is no valid text"};
        return found;
    }

    // Throws Malformed when the value is absent or of another kind.
    JsonValue at(std::string_view pointer, hg_json_kind kind) const {
        const auto found = find(pointer);
        if (!found || found->kind() != kind)
            throw Malformed{std::string{pointer} + " must be " + nameOf(kind)};
        return *found;
    }

    std::string_view string(std::string_view pointer) const {
        return at(pointer, HG_JSON_STRING).text();
    }

    // As string(), and more than white space.
    JsonValue nonBlank(std::string_view pointer) const {
        const auto found = at(pointer, HG_JSON_STRING);
        if (found.text().find_first_not_of(" \t\r\n") == std::string_view::npos)
            throw Malformed{std::string{pointer} + " must not be blank"};
        return found;
    }

    JsonValue object(std::string_view pointer) const { return at(pointer, HG_JSON_OBJECT); }

    // Throws Malformed unless the value is a whole number that fits.
    std::int64_t integer(std::string_view pointer) const {
        const auto digits = at(pointer, HG_JSON_NUMBER).text();
        std::int64_t number = 0;
        const auto* const end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, number);
        if (parsed.ec != std::errc{} || parsed.ptr != end)
            throw Malformed{std::string{pointer} + " must be a whole number"};
        return number;
    }

    // What lies below a value, by pointers that begin there.
    Json in(const JsonValue& value) const noexcept { return Json{*call_, json_, value.value.node}; }

    // A string, or a number as it is written; empty when there is neither.
    std::string_view word(std::string_view pointer) const {
        const auto found = find(pointer);
        const bool usable =
            found && (found->kind() == HG_JSON_STRING || found->kind() == HG_JSON_NUMBER);
        return usable ? found->text() : std::string_view{};
    }

    // As word(); throws Malformed when it is empty.
    std::string_view needWord(std::string_view pointer) const {
        const auto text = word(pointer);
        if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
            throw Malformed{std::string{pointer} + " must be a string or a number"};
        return text;
    }

    // Calls `visit(name, value)` for each child of an array (name is empty) or an object.
    template <class Visit>
    void forEach(const JsonValue& parent, Visit&& visit) const {
        hg_str name{};
        JsonValue child;
        for (std::uint64_t previous = 0;; previous = child.value.node) {
            const auto status =
                call_->json_child(call_, json_, parent.value.node, previous, &name, &child.value);
            if (status == HG_NOT_FOUND) return;
            if (status != HG_OK) throw Failure{status, "unreadable element"};
            std::invoke(visit, view(name), std::as_const(child));
        }
    }

private:
    friend class Context;

    Json(const hg_call& call, const hg_json* json, std::uint64_t root) noexcept
        : call_{&call},
          json_{json},
          root_{root} {}

    static const char* nameOf(hg_json_kind kind) noexcept {
        switch (kind) {
            case HG_JSON_BOOL:
                return "true or false";
            case HG_JSON_NUMBER:
                return "a number";
            case HG_JSON_STRING:
                return "a string";
            case HG_JSON_ARRAY:
                return "an array";
            case HG_JSON_OBJECT:
                return "an object";
            default:
                return "null";
        }
    }

    const hg_call* call_;
    const hg_json* json_;
    std::uint64_t root_;
};

// Writes one JSON object, member by member.
class JsonObject {
public:
    JsonObject& string(std::string_view name, std::string_view value) {
        key(name);
        quote(value);
        return *this;
    }

    JsonObject& strings(std::string_view name, std::span<const std::string_view> values) {
        key(name);
        text_ += '[';
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) text_ += ',';
            quote(values[i]);
        }
        text_ += ']';
        return *this;
    }

    JsonObject& integer(std::string_view name, std::int64_t value) {
        key(name);
        text_ += std::to_string(value);
        return *this;
    }

    // REQUIRES: `json` is one JSON value; JsonValue::raw() is.
    JsonObject& raw(std::string_view name, std::string_view json) {
        key(name);
        text_ += json;
        return *this;
    }

    std::string text() const { return text_.empty() ? "{}" : text_ + '}'; }

private:
    void key(std::string_view name) {
        text_ += text_.empty() ? '{' : ',';
        quote(name);
        text_ += ':';
    }

    void quote(std::string_view value) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text_ += '"';
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                text_ += '\\';
                text_ += c;
            } else if (byte < 0x20) {
                text_ += "\\u00";
                text_ += kDigits[byte >> 4];
                text_ += kDigits[byte & 15];
            } else {
                text_ += c;
            }
        }
        text_ += '"';
    }

    std::string text_;
};

} // namespace hookgate
