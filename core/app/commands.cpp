#include "core/app/backends.hpp"
#include "core/app/gateway.hpp"
#include "core/integrations/integrations_file.hpp"
#include "core/integrations/value_resolver.hpp"

#include <ostream>

namespace hookgate::app {
namespace {

// What would stop `serve` is said now: a reference that does not resolve in this environment may in
// another, so it is a warning.
void warnOfReferences(const config::Settings& settings, const domain::Integration& integration,
                      std::ostream& out) {
    if (!integration.active) return;
    const integrations::ValueResolver resolver{settings};
    const auto warn = [&](const std::string& why) {
        out << "  warning: " << integration.provider << "/" << integration.name << ": " << why
            << '\n';
    };
    if (auto url = resolver.url(integration.callback_url); !url)
        warn("callbackUrl: " + url.error());
    for (const auto& secret : integration.secrets)
        if (auto value = resolver.secret(secret.value); !value) warn("secrets: " + value.error());
}

} // namespace

int migrate(const config::Settings& settings, std::ostream& out) {
    const auto applied = migrateDatabase(settings);
    for (const auto& migration : applied)
        out << "applied " << migration.name << '\n';
    out << (applied.empty() ? "the schema is up to date\n" : "the schema is up to date now\n");
    return 0;
}

int seed(const config::Settings& settings, std::ostream& out) {
    auto integrations = integrations::readIntegrations(settings.integrations_file);
    if (!integrations) {
        std::string problems;
        for (const auto& problem : integrations.error())
            problems += (problems.empty() ? "" : "\n") + problem;
        throw StartupError{problems, true};
    }
    for (const auto& integration : *integrations)
        warnOfReferences(settings, integration, out);
    const auto stored = seedDatabase(settings, *integrations);
    for (const auto& integration : stored)
        out << integration.provider << "/" << integration.name << " " << integration.id.text()
            << (integration.active ? " active" : " inactive") << '\n';
    out << "seeded " << integrations->size() << " of " << stored.size() << " integrations\n";
    return 0;
}

} // namespace hookgate::app
