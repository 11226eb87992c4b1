#include "core/store/integration_content.hpp"

#include "core/store/event_store.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hookgate::store {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const domain::ValueReference& reference) {
    Json json = Json::object();
    if (!reference.env.empty()) json["env"] = reference.env;
    if (!reference.development.empty()) json["development"] = reference.development;
    if (!reference.file.empty()) json["file"] = reference.file;
    if (!reference.literal.empty()) json["literal"] = reference.literal;
    return json;
}

domain::ValueReference fromJson(const Json& json) {
    return {json.value("env", ""), json.value("development", ""), json.value("file", ""),
            json.value("literal", "")};
}

bool isSame(const domain::Integration& a, const domain::Integration& b) {
    return a.provider == b.provider && a.name == b.name;
}

} // namespace

std::string referenceText(const domain::ValueReference& reference) {
    return toJson(reference).dump();
}

domain::ValueReference referenceOf(std::string_view text) {
    return fromJson(Json::parse(text));
}

std::string secretsText(const std::vector<domain::SecretReference>& secrets) {
    Json json = Json::array();
    for (const auto& secret : secrets)
        json.push_back({{"keyId", secret.key_id}, {"value", toJson(secret.value)}});
    return json.dump();
}

std::vector<domain::SecretReference> secretsOf(std::string_view text) {
    std::vector<domain::SecretReference> secrets;
    for (const auto& item : Json::parse(text))
        secrets.push_back({item.value("keyId", ""), fromJson(item.at("value"))});
    return secrets;
}

std::string optionsText(const domain::Integration& integration) {
    Json json = Json::object();
    if (!integration.plugin.empty()) json["plugin"] = integration.plugin;
    if (!integration.public_url.empty()) json["publicUrl"] = integration.public_url;
    if (integration.tolerance_s) json["toleranceSeconds"] = *integration.tolerance_s;
    return json.dump();
}

void readOptions(std::string_view text, domain::Integration& integration) {
    const auto json = Json::parse(text);
    integration.plugin = json.value("plugin", "");
    integration.public_url = json.value("publicUrl", "");
    if (const auto tolerance = json.find("toleranceSeconds"); tolerance != json.end())
        integration.tolerance_s = tolerance->get<std::int32_t>();
}

bool sameContent(const domain::Integration& a, const domain::Integration& b) {
    return a.callback_url == b.callback_url && a.secrets == b.secrets &&
           a.settings_json == b.settings_json && a.active == b.active && a.plugin == b.plugin &&
           a.public_url == b.public_url && a.tolerance_s == b.tolerance_s;
}

const domain::Integration* findIntegration(std::span<const domain::Integration> known,
                                           const domain::Integration& wanted) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const auto& other) { return isSame(other, wanted); });
    return found == known.end() ? nullptr : &*found;
}

void refuseSecondActive(std::span<const domain::Integration> known,
                        std::span<const domain::Integration> given) {
    for (const auto& wanted : given) {
        if (!wanted.active) continue;
        for (const auto& other : known) {
            const bool named = findIntegration(given, other) != nullptr;
            if (named || !other.active || other.provider != wanted.provider) continue;
            throw StoreError{
                "integration " + wanted.provider + "/" + wanted.name +
                    " cannot be active: " + other.provider + "/" + other.name +
                    " is, and a provider has one; name that one too, with \"active\": false",
                false};
        }
    }
}

std::vector<domain::Integration> inactiveFirst(std::span<const domain::Integration> integrations) {
    std::vector<domain::Integration> ordered{integrations.begin(), integrations.end()};
    std::stable_partition(ordered.begin(), ordered.end(),
                          [](const auto& one) { return !one.active; });
    return ordered;
}

domain::AuditEntry integrationEntry(const domain::Integration& integration, bool created) {
    const Json details{{"provider", integration.provider},
                       {"name", integration.name},
                       {"active", integration.active}};
    return {.id = {},
            .entity_type = "integration",
            .entity_id = integration.id.text(),
            .action = created ? "integration.created" : "integration.updated",
            .actor = "system",
            .details_json = details.dump(),
            .created_at = 0};
}

} // namespace hookgate::store
