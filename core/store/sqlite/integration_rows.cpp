#include "core/store/sqlite/integration_rows.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hookgate::store::sqlite {
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

domain::ValueReference referenceOf(const Json& json) {
    return {json.value("env", ""), json.value("development", ""), json.value("file", ""),
            json.value("literal", "")};
}

std::string secretsText(const std::vector<domain::SecretReference>& secrets) {
    Json json = Json::array();
    for (const auto& secret : secrets)
        json.push_back({{"keyId", secret.key_id}, {"value", toJson(secret.value)}});
    return json.dump();
}

std::vector<domain::SecretReference> secretsOf(const Json& json) {
    std::vector<domain::SecretReference> secrets;
    for (const auto& item : json)
        secrets.push_back({item.value("keyId", ""), referenceOf(item.at("value"))});
    return secrets;
}

bool sameContent(const domain::Integration& a, const domain::Integration& b) {
    return a.callback_url == b.callback_url && a.secrets == b.secrets &&
           a.settings_json == b.settings_json && a.active == b.active;
}

void writeAudit(AuditRows& audit, const domain::Integration& integration, bool created) {
    const Json details{{"provider", integration.provider},
                       {"name", integration.name},
                       {"active", integration.active}};
    domain::AuditEntry entry{.id = {},
                             .entity_type = "integration",
                             .entity_id = integration.id.text(),
                             .action = created ? "integration.created" : "integration.updated",
                             .actor = "system",
                             .details_json = details.dump(),
                             .created_at = 0};
    audit.insert(entry);
}

// One integration of a provider is active: a stored one that is not named stands in the way of
// another.
void refuseSecondActive(const std::vector<domain::Integration>& known,
                        std::span<const domain::Integration> given) {
    for (const auto& wanted : given) {
        if (!wanted.active) continue;
        for (const auto& other : known) {
            const bool named = std::any_of(given.begin(), given.end(), [&](const auto& one) {
                return one.provider == other.provider && one.name == other.name;
            });
            if (named || !other.active || other.provider != wanted.provider) continue;
            throw StoreError{
                "integration " + wanted.provider + "/" + wanted.name +
                    " cannot be active: " + other.provider + "/" + other.name +
                    " is, and a provider has one; name that one too, with \"active\": false",
                false};
        }
    }
}

// Deactivations go first: two integrations of a provider may change places in one seed.
std::vector<domain::Integration> inactiveFirst(std::span<const domain::Integration> integrations) {
    std::vector<domain::Integration> ordered{integrations.begin(), integrations.end()};
    std::stable_partition(ordered.begin(), ordered.end(),
                          [](const auto& one) { return !one.active; });
    return ordered;
}

} // namespace

std::vector<domain::Integration> IntegrationRows::all(const Database& database) {
    Statement select{
        database,
        "SELECT id, provider, name, callback_url, secrets, settings, active, created_at, "
        "updated_at FROM integration ORDER BY no"};
    std::vector<domain::Integration> integrations;
    while (select.step()) {
        auto& integration = integrations.emplace_back();
        const auto id = select.bytes(0);
        std::copy_n(id.begin(), std::min(id.size(), integration.id.bytes.size()),
                    integration.id.bytes.begin());
        integration.provider = select.bytes(1);
        integration.name = select.bytes(2);
        integration.callback_url = referenceOf(Json::parse(select.bytes(3)));
        integration.secrets = secretsOf(Json::parse(select.bytes(4)));
        integration.settings_json = select.bytes(5);
        integration.active = select.integer(6) != 0;
        integration.created_at = select.integer(7);
        integration.updated_at = select.integer(8);
    }
    return integrations;
}

std::unordered_map<base::Uuid, std::int64_t> IntegrationRows::numbers(const Database& database) {
    Statement select{database, "SELECT id, no FROM integration"};
    std::unordered_map<base::Uuid, std::int64_t> numbers;
    while (select.step()) {
        base::Uuid id;
        const auto bytes = select.bytes(0);
        std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
        numbers.emplace(id, select.integer(1));
    }
    return numbers;
}

void IntegrationRows::upsert(Database& database, AuditRows& audit, base::UuidGenerator& ids,
                             const base::Clock& clock,
                             std::span<const domain::Integration> integrations) {
    Statement write{
        database,
        "INSERT INTO integration (id, provider, name, callback_url, secrets, settings, active, "
        "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (provider, name) DO UPDATE SET callback_url = excluded.callback_url, "
        "secrets = excluded.secrets, settings = excluded.settings, active = excluded.active, "
        "updated_at = excluded.updated_at"};
    const auto known = all(database);
    refuseSecondActive(known, integrations);
    bool changed = false;
    for (auto integration : inactiveFirst(integrations)) {
        const auto old = std::find_if(known.begin(), known.end(), [&](const auto& other) {
            return other.provider == integration.provider && other.name == integration.name;
        });
        if (old != known.end() && sameContent(*old, integration)) continue;
        integration.id = old != known.end() ? old->id : ids.next();
        const std::string id{integration.id.bytes.begin(), integration.id.bytes.end()};
        const auto callback = toJson(integration.callback_url).dump();
        const auto secrets = secretsText(integration.secrets);
        const auto now = clock.unixMs();
        write.bindBlob(id)
            .bindText(integration.provider)
            .bindText(integration.name)
            .bindText(callback);
        write.bindText(secrets)
            .bindText(integration.settings_json)
            .bind(integration.active ? 1 : 0)
            .bind(now)
            .bind(now)
            .run();
        writeAudit(audit, integration, old == known.end());
        changed = true;
    }
    if (changed)
        database.execute("UPDATE meta SET value = value + 1 WHERE name = 'integrations_version'");
}

} // namespace hookgate::store::sqlite
