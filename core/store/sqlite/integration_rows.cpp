#include "core/store/sqlite/integration_rows.hpp"

#include "core/store/integration_content.hpp"

#include <algorithm>

namespace hookgate::store::sqlite {

std::vector<domain::Integration> IntegrationRows::all(const Database& database) {
    Statement select{
        database,
        "SELECT id, provider, name, callback_url, secrets, settings, active, created_at, "
        "updated_at, options FROM integration ORDER BY no"};
    std::vector<domain::Integration> integrations;
    while (select.step()) {
        auto& integration = integrations.emplace_back();
        const auto id = select.bytes(0);
        std::copy_n(id.begin(), std::min(id.size(), integration.id.bytes.size()),
                    integration.id.bytes.begin());
        integration.provider = select.bytes(1);
        integration.name = select.bytes(2);
        integration.callback_url = referenceOf(select.bytes(3));
        integration.secrets = secretsOf(select.bytes(4));
        integration.settings_json = select.bytes(5);
        integration.active = select.integer(6) != 0;
        integration.created_at = select.integer(7);
        integration.updated_at = select.integer(8);
        readOptions(select.bytes(9), integration);
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
        "created_at, updated_at, options) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (provider, name) DO UPDATE SET callback_url = excluded.callback_url, "
        "secrets = excluded.secrets, settings = excluded.settings, active = excluded.active, "
        "updated_at = excluded.updated_at, options = excluded.options"};
    const auto known = all(database);
    refuseSecondActive(known, integrations);
    bool changed = false;
    for (auto integration : inactiveFirst(integrations)) {
        const auto* old = findIntegration(known, integration);
        if (old != nullptr && sameContent(*old, integration)) continue;
        integration.id = old != nullptr ? old->id : ids.next();
        const std::string id{integration.id.bytes.begin(), integration.id.bytes.end()};
        const auto callback = referenceText(integration.callback_url);
        const auto secrets = secretsText(integration.secrets);
        const auto options = optionsText(integration);
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
            .bindText(options)
            .run();
        auto entry = integrationEntry(integration, old == nullptr);
        audit.insert(entry);
        changed = true;
    }
    if (changed)
        database.execute("UPDATE meta SET value = value + 1 WHERE name = 'integrations_version'");
}

} // namespace hookgate::store::sqlite
