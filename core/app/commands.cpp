#include "core/app/backends.hpp"
#include "core/app/gateway.hpp"
#include "core/app/lines.hpp"
#include "core/delivery/callback_url.hpp"
#include "core/integrations/integrations_file.hpp"
#include "core/integrations/value_resolver.hpp"

#include <ostream>

namespace hookgate::app {
namespace {

// What would stop `serve`. A reference may resolve in its environment although it does not in this
// one, so that is a warning; a value that is written down and wrong here is wrong everywhere.
void examine(const config::Settings& settings, const domain::Integration& integration,
             std::ostream& out, std::vector<std::string>& problems) {
    if (!integration.active) return;
    const integrations::ValueResolver resolver{settings};
    const auto name = integration.provider + "/" + integration.name;
    const auto warn = [&](const std::string& why) {
        out << "  warning: " << name << ": " << why << '\n';
    };
    const auto url = resolver.url(integration.callback_url);
    if (!url) {
        warn("callbackUrl: " + url.error());
    } else if (const auto parsed = delivery::parseCallbackUrl(*url); !parsed) {
        const auto why = "callbackUrl: " + std::string{parsed.error()};
        if (integration.callback_url.literal.empty())
            warn(why);
        else
            problems.push_back(settings.integrations_file + ": " + name + ": " + why);
    }
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
    if (!integrations) throw StartupError{joined(integrations.error()), true};
    std::vector<std::string> problems;
    for (const auto& integration : *integrations)
        examine(settings, integration, out, problems);
    if (!problems.empty()) throw StartupError{joined(problems), true};
    const auto stored = seedDatabase(settings, *integrations);
    for (const auto& integration : stored)
        out << integration.provider << "/" << integration.name << " " << integration.id.text()
            << (integration.active ? " active" : " inactive") << '\n';
    out << "seeded " << integrations->size() << " of " << stored.size() << " integrations\n";
    return 0;
}

} // namespace hookgate::app
