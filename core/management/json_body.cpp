#include "core/management/json_body.hpp"

#include "core/base/text.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace hookgate::management {
namespace {

constexpr std::size_t kDepthMax = 32;

// Looks at brackets outside strings only; whether they match is the parser's business.
bool isShallow(std::string_view text) noexcept {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDepthMax) return false;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return true;
}

bool isJson(std::string_view content_type) noexcept {
    const auto media_type = base::trim(content_type.substr(0, content_type.find(';')));
    return base::equalIgnoringCase(media_type, "application/json");
}

} // namespace

std::optional<http::Reply> refuseUnlessJson(const http::Request& request) {
    const auto content_type = request.header("content-type");
    if ((content_type.empty() && request.body.empty()) || isJson(content_type)) return std::nullopt;
    return http::errorReply(http::ErrorCode::UnsupportedMediaType,
                            "send the body as application/json");
}

std::optional<nlohmann::json> parseJson(std::string_view text) {
    if (!isShallow(text)) return std::nullopt;
    bool unambiguous = true;
    std::vector<std::set<std::string>> keys; // of the objects that are open
    const auto observe = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start) keys.emplace_back();
        if (event == Event::object_end) keys.pop_back();
        if (event == Event::key)
            unambiguous = keys.back().insert(value.get<std::string>()).second && unambiguous;
        return true;
    };
    auto json = nlohmann::json::parse(text, observe, false);
    if (json.is_discarded() || !unambiguous) return std::nullopt;
    return json;
}

} // namespace hookgate::management
