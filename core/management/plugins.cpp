#include "core/management/plugins.hpp"

#include "core/base/text.hpp"
#include "core/management/json_body.hpp"
#include "core/management/plugins_json.hpp"
#include "core/management/problems.hpp"
#include "core/management/query_parameters.hpp"

#include <string_view>
#include <utility>

namespace hookgate::management {
namespace {

// The members of a body, which may be left out altogether; nullopt: a problem was noted.
std::optional<nlohmann::json> readBody(const http::Request& request, std::string_view member,
                                       Problems& problems) {
    auto body = request.body.empty() ? nlohmann::json::object() : parseJson(request.body);
    if (!body || !body->is_object()) {
        problems.add("body", "must be one JSON object without doubled keys");
        return std::nullopt;
    }
    for (const auto& [name, value] : body->items())
        if (name != member) problems.add(name, "is not a field of this request");
    return body;
}

http::Reply answer(const std::optional<plugin::ReloadReport>& report) {
    if (!report)
        return http::errorReply(http::ErrorCode::Conflict,
                                "another reload is under way; try again when it is over");
    base::JsonWriter json;
    writeReport(json, *report);
    if (report->outcome != plugin::ReloadReport::Outcome::Refused)
        return http::dataReply(200, json.text());
    return http::errorReply(http::ErrorCode::Conflict,
                            "refused; what served before still does, and details say what to do", 0,
                            json.text());
}

} // namespace

http::Reply Plugins::show(const http::Request& request) const {
    const auto problems = QueryParameters{request, {}}.problems();
    if (!problems.empty()) return problems.reply();
    base::JsonWriter json;
    writePlugins(json, operations_.state());
    return http::dataReply(200, json.text());
}

http::Reply Plugins::reload(const http::Request& request) const {
    if (auto refusal = refuseUnlessJson(request)) return std::move(*refusal);
    auto problems = QueryParameters{request, {}}.problems();
    const auto body = readBody(request, "dryRun", problems);
    bool dry_run = false;
    if (body && body->contains("dryRun")) {
        const auto& value = body->at("dryRun");
        if (value.is_boolean())
            dry_run = value.get<bool>();
        else
            problems.add("dryRun", "must be true or false");
    }
    if (!problems.empty()) return problems.reply();
    return answer(operations_.reload(dry_run, key_name_));
}

http::Reply Plugins::rollback(const http::Request& request) const {
    if (auto refusal = refuseUnlessJson(request)) return std::move(*refusal);
    auto problems = QueryParameters{request, {}}.problems();
    const auto body = readBody(request, "provider", problems);
    std::string provider;
    if (body) {
        const auto found = body->find("provider");
        if (found != body->end() && found->is_string()) provider = found->get<std::string>();
        if (!base::isProviderName(provider))
            problems.add("provider", "must be the name of a provider");
    }
    if (!problems.empty()) return problems.reply();
    return answer(operations_.rollback(provider, key_name_));
}

} // namespace hookgate::management
