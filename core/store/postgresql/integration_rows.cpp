#include "core/store/postgresql/integration_rows.hpp"

#include "core/store/integration_content.hpp"
#include "core/store/postgresql/audit_rows.hpp"

#include <string>
#include <string_view>

namespace hookgate::store::postgresql {
namespace {

constexpr Statement kRead{
    "integrations",
    "SELECT id, provider, name, callback_url, secrets, settings, active, created_at, updated_at, "
    "options FROM integration ORDER BY no"};

constexpr Statement kWrite{
    "integration_write",
    "INSERT INTO integration (id, provider, name, callback_url, secrets, settings, active, "
    "created_at, updated_at, options) VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::text, "
    "$6::text, "
    "$7::boolean, $8::bigint, $8::bigint, $9::text) "
    "ON CONFLICT (provider, name) DO UPDATE SET callback_url = excluded.callback_url, "
    "secrets = excluded.secrets, settings = excluded.settings, active = excluded.active, "
    "updated_at = excluded.updated_at, options = excluded.options"};

} // namespace

std::vector<domain::Integration> readIntegrations(Connection& connection) {
    const auto found = connection.run(kRead);
    std::vector<domain::Integration> integrations;
    for (int row = 0; row < found.rows(); ++row) {
        auto& integration = integrations.emplace_back();
        integration.id = found.uuid(row, 0);
        integration.provider = found.bytes(row, 1);
        integration.name = found.bytes(row, 2);
        integration.callback_url = referenceOf(found.bytes(row, 3));
        integration.secrets = secretsOf(found.bytes(row, 4));
        integration.settings_json = found.bytes(row, 5);
        integration.active = found.boolean(row, 6);
        integration.created_at = found.integer(row, 7);
        integration.updated_at = found.integer(row, 8);
        readOptions(found.bytes(row, 9), integration);
    }
    return integrations;
}

void upsertIntegrations(Connection& connection, const Context& context,
                        std::span<const domain::Integration> integrations) {
    Transaction transaction{connection};
    connection.execute("LOCK TABLE integration IN SHARE ROW EXCLUSIVE MODE");
    const auto known = readIntegrations(connection);
    refuseSecondActive(known, integrations);
    bool changed = false;
    for (auto integration : inactiveFirst(integrations)) {
        const auto* old = findIntegration(known, integration);
        if (old != nullptr && sameContent(*old, integration)) continue;
        integration.id = old != nullptr ? old->id : context.ids.next();
        const auto callback = referenceText(integration.callback_url);
        const auto secrets = secretsText(integration.secrets);
        const auto options = optionsText(integration);
        Parameters parameters;
        parameters.add(integration.id)
            .add(std::string_view{integration.provider})
            .add(std::string_view{integration.name})
            .add(std::string_view{callback})
            .add(std::string_view{secrets})
            .add(std::string_view{integration.settings_json})
            .add(integration.active)
            .add(context.clock.unixMs())
            .add(std::string_view{options});
        connection.run(kWrite, parameters);
        auto entry = integrationEntry(integration, old == nullptr);
        insertAudit(connection, context, {&entry, 1});
        changed = true;
    }
    if (changed)
        connection.execute(
            "UPDATE installation SET integrations_version = integrations_version + 1");
    transaction.commit();
}

} // namespace hookgate::store::postgresql
