#include "core/app/backends.hpp"
#include "core/app/gateway.hpp"
#include "core/app/lines.hpp"
#include "core/app/seed_examination.hpp"
#include "core/integrations/integrations_file.hpp"

#include <ostream>

namespace hookgate::app {
int migrate(const config::Settings& settings, std::ostream& out) {
    const auto applied = migrateDatabase(settings);
    for (const auto& migration : applied)
        out << "applied " << migration.name << '\n';
    out << (applied.empty() ? "the schema is up to date\n" : "the schema is up to date now\n");
    return 0;
}

int seed(const config::Settings& settings, const std::string& program, std::ostream& out) {
    auto integrations = integrations::readIntegrations(settings.integrations_file);
    if (!integrations) throw StartupError{joined(integrations.error()), true};
    SeedExamination examination{settings, program, out};
    for (const auto& integration : *integrations)
        examination.examine(integration);
    if (const auto& problems = examination.problems(); !problems.empty())
        throw StartupError{joined(problems) + "\nnothing was written", true};
    const auto stored = seedDatabase(settings, *integrations);
    for (const auto& integration : stored)
        out << integration.provider << "/" << integration.name << " " << integration.id.text()
            << (integration.active ? " active" : " inactive") << '\n';
    out << "seeded " << integrations->size() << " of " << stored.size() << " integrations\n";
    return 0;
}

} // namespace hookgate::app
