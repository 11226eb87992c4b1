#include "core/management/plugin_quarantine.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/text.hpp"
#include "core/management/json_body.hpp"
#include "core/management/problems.hpp"
#include "core/management/query_parameters.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace hookgate::management {
namespace {

using Outcome = QuarantineOperations::Outcome;

constexpr std::size_t kReasonBytesMax = 500;

bool isReason(std::string_view text) noexcept {
    const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    return printable && !base::trim(text).empty() && text.size() <= kReasonBytesMax;
}

// The strings of a request's body.
struct Fields {
    std::string provider{};
    std::string reason{};
};

Fields readFields(const http::Request& request, bool with_reason, Problems& problems) {
    Fields fields;
    const auto body = parseJson(request.body);
    if (!body || !body->is_object()) {
        problems.add("body", "must be one JSON object without doubled keys");
        return fields;
    }
    const auto text = [&](const char* name) {
        const auto found = body->find(name);
        return found != body->end() && found->is_string() ? found->get<std::string>()
                                                          : std::string{};
    };
    for (const auto& [name, value] : body->items())
        if (name != "provider" && !(with_reason && name == "reason"))
            problems.add(name, "is not a field of this request");
    fields.provider = text("provider");
    if (!base::isProviderName(fields.provider))
        problems.add("provider", "must be the name of a provider");
    fields.reason = text("reason");
    if (with_reason && !isReason(fields.reason))
        problems.add("reason", "must be a text of 1 to 500 bytes in one line");
    return fields;
}

http::Reply answer(Outcome outcome, const std::string& provider, std::string_view state) {
    switch (outcome) {
        case Outcome::NotInUse:
            return http::errorReply(http::ErrorCode::NotFound,
                                    "no integration of this gateway uses that provider's plugin");
        case Outcome::AlreadySo:
            return http::errorReply(http::ErrorCode::Conflict,
                                    "the provider's plugin is " + std::string{state} + " already");
        case Outcome::Changed:
            break;
    }
    base::JsonWriter json;
    json.beginObject().key("provider").string(provider).key("state").string(state).endObject();
    return http::dataReply(200, json.text());
}

} // namespace

http::Reply PluginQuarantine::quarantine(const http::Request& request) const {
    if (auto refusal = refuseUnlessJson(request)) return std::move(*refusal);
    auto problems = QueryParameters{request, {}}.problems();
    const auto fields = readFields(request, true, problems);
    if (!problems.empty()) return problems.reply();
    return answer(operations_.quarantine(fields.provider, fields.reason, key_name_),
                  fields.provider, "quarantined");
}

http::Reply PluginQuarantine::release(const http::Request& request) const {
    if (auto refusal = refuseUnlessJson(request)) return std::move(*refusal);
    auto problems = QueryParameters{request, {}}.problems();
    const auto fields = readFields(request, false, problems);
    if (!problems.empty()) return problems.reply();
    return answer(operations_.release(fields.provider, key_name_), fields.provider, "serving");
}

} // namespace hookgate::management
