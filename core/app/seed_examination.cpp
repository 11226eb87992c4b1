#include "core/app/seed_examination.hpp"

#include "core/app/plugin_loading.hpp"
#include "core/app/provider_risks.hpp"
#include "core/delivery/callback_url.hpp"
#include "core/plugin/settings_schema.hpp"

#include <ostream>

namespace hookgate::app {
namespace {

std::string nameOf(const domain::Integration& integration) {
    return integration.provider + "/" + integration.name;
}

const std::string& pluginProviderOf(const domain::Integration& integration) {
    return integration.plugin.empty() ? integration.provider : integration.plugin;
}

plugin::Registry::Options optionsOf(const config::Settings& settings, const std::string& program,
                                    PluginIsolation& isolation) {
    auto options = registryOptions(settings, program);
    options.isolated = isolation.loading();
    return options;
}

// Only what plugins declare is looked at.
base::Result<std::shared_ptr<const plugin::Provider>, std::string> noInstance(
    const plugin::ProviderType&, const plugin::InstanceSettings&) {
    return base::Error{std::string{"seeding makes no instances"}};
}

} // namespace

SeedExamination::SeedExamination(const config::Settings& settings, const std::string& program,
                                 std::ostream& warnings)
    : settings_{settings},
      resolver_{settings},
      warnings_{warnings},
      isolation_{settings, 1},
      registry_{optionsOf(settings, program, isolation_), noInstance} {
    for (const auto& refused : registry_.refused())
        warnings_ << "  warning: " << refused.file
                  << ": serve will refuse this plugin: " << refused.reason << '\n';
}

void SeedExamination::examine(const domain::Integration& integration) {
    if (integration.active) examineReferences(integration);
    examineSettings(integration);
}

void SeedExamination::examineReferences(const domain::Integration& integration) {
    const auto url = resolver_.url(integration.callback_url);
    if (!url) {
        warn(integration, "callbackUrl: " + url.error());
    } else if (const auto parsed = delivery::parseCallbackUrl(*url); !parsed) {
        const auto why = "callbackUrl: " + std::string{parsed.error()};
        if (integration.callback_url.literal.empty())
            warn(integration, why);
        else
            problem(integration, why);
    }
    for (const auto& secret : integration.secrets)
        if (const auto value = resolver_.secret(secret.value); !value)
            warn(integration, "secrets: " + value.error());
}

void SeedExamination::examineSettings(const domain::Integration& integration) {
    const auto& provider = pluginProviderOf(integration);
    const auto generation = registry_.current();
    const auto* const type = generation->find(provider);
    if (type == nullptr) {
        if (integration.active)
            warn(integration, "no plugin in " + settings_.plugins_dir + " offers the provider " +
                                  provider +
                                  ": its settings are not checked, and its webhooks are answered "
                                  "503 until serve has one that does");
        return;
    }
    for (const auto& why :
         plugin::settingsProblems(type->info.settings_schema, integration.settings_json))
        problem(integration, "settings: " + why);
    if (!integration.active) return;
    for (const auto& risk : risksOf(type->info.contract, settings_.ingest_timeout))
        warn(integration, risk);
}

void SeedExamination::warn(const domain::Integration& integration, const std::string& why) {
    warnings_ << "  warning: " << nameOf(integration) << ": " << why << '\n';
}

void SeedExamination::problem(const domain::Integration& integration, const std::string& why) {
    problems_.push_back(settings_.integrations_file + ": " + nameOf(integration) + ": " + why);
}

} // namespace hookgate::app
