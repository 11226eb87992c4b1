#include "core/simulate/body_edits.hpp"

#include "core/plugin/json_index.hpp"

#include <exception>
#include <utility>

#include <nlohmann/json.hpp>

namespace hookgate::simulate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

struct Edit {
    std::string pointer;
    std::string value;
};

base::Result<Edit, std::string> parse(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || text.front() != '/')
        return base::Error{"--set " + text + ": write it as /pointer=value"};
    return Edit{text.substr(0, equals), text.substr(equals + 1)};
}

bool isUnreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

std::string escaped(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (isUnreserved(c))
            out += c;
        else
            out.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
    return out;
}

// The first field of the name gets the value; without one it is added.
void setField(std::string& form, const Edit& edit) {
    const auto name = escaped(std::string_view{edit.pointer}.substr(1)) + '=';
    const auto field = name + escaped(edit.value);
    std::size_t at = 0;
    while (at < form.size()) {
        const auto end = std::min(form.find('&', at), form.size());
        if (form.compare(at, name.size(), name) == 0) {
            form.replace(at, end - at, field);
            return;
        }
        at = end + 1;
    }
    form += (form.empty() ? "" : "&") + field;
}

Json valueOf(const std::string& text) {
    plugin::JsonIndex index; // bounds the depth, which the parser does not
    if (index.parse(text) == plugin::JsonError::None) return Json::parse(text);
    return text;
}

} // namespace

base::Result<std::string, std::string> edited(const std::string& body,
                                              std::string_view content_type,
                                              std::span<const std::string> edits) {
    if (edits.empty()) return body;
    const bool is_form = content_type.starts_with(kForm);
    auto form = body;
    Json json;
    if (!is_form) {
        plugin::JsonIndex index;
        if (index.parse(body) != plugin::JsonError::None)
            return base::Error{std::string{"--set: the body is neither JSON nor a form"}};
        json = Json::parse(body);
    }
    for (const auto& text : edits) {
        const auto edit = parse(text);
        if (!edit) return base::Error{edit.error()};
        try {
            if (is_form)
                setField(form, *edit);
            else
                json[Json::json_pointer{edit->pointer}] = valueOf(edit->value);
        } catch (const std::exception&) {
            return base::Error{"--set " + text + ": the body has no place for " + edit->pointer};
        }
    }
    return is_form ? form : json.dump();
}

} // namespace hookgate::simulate
