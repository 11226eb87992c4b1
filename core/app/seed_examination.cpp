#include "core/app/seed_examination.hpp"

#include "core/app/plugin_loading.hpp"
#include "core/app/provider_risks.hpp"
#include "core/app/signed_url.hpp"
#include "core/base/printable.hpp"
#include "core/delivery/callback_url.hpp"
#include "core/integrations/instance_settings.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "core/plugin/settings_schema.hpp"

#include <ostream>

namespace hookgate::app {
namespace {

std::string nameOf(const domain::Integration& integration) {
    return integration.provider + "/" + integration.name;
}

plugin::Registry::Options optionsOf(const config::Settings& settings, const std::string& program,
                                    PluginIsolation& isolation) {
    auto options = registryOptions(settings, program);
    options.isolated = isolation.loading();
    return options;
}

} // namespace

SeedExamination::SeedExamination(const config::Settings& settings, const std::string& program,
                                 std::ostream& warnings)
    : settings_{settings},
      resolver_{settings},
      warnings_{warnings},
      isolation_{settings, 1},
      registry_{optionsOf(settings, program, isolation_),
                isolation_.instances(plugin::inProcessInstances(log_, clock_), log_, clock_)} {
    for (const auto& refused : registry_.refused())
        warnings_ << "  warning: "
                  << base::printable(refused.file +
                                     ": serve will refuse this plugin: " + refused.reason)
                  << '\n';
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
    const auto& provider = integrations::pluginProviderOf(integration);
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
    const auto problems =
        plugin::settingsProblems(type->info.settings_schema, integration.settings_json);
    for (const auto& why : problems)
        problem(integration, "settings: " + why);
    if (!integration.active) return;
    if (problems.empty()) examineInstance(integration);
    for (const auto& risk : risksOf(type->info.contract, settings_.ingest_timeout))
        warn(integration, risk);
}

// What a schema cannot say, only the plugin itself knows.
void SeedExamination::examineInstance(const domain::Integration& integration) {
    const auto settings = integrations::instanceSettingsOf(integration, resolver_);
    if (!settings) return; // a secret is elsewhere, as was warned of
    const auto instance = registry_.create(*settings);
    if (!instance) return problem(integration, instance.error());
    if (!integration.public_url.empty()) return;
    // An isolated plugin is asked for nothing that serve would not ask it for.
    const auto* const here = dynamic_cast<const plugin::ProviderInProcess*>(instance->get());
    if (here != nullptr && signsUrl(*here))
        warn(integration,
             "the provider signs the URL that it sends to, and there is no publicUrl: http:// and "
             "the Host header are taken for it, and behind TLS or a proxy that rewrites the host "
             "every webhook is answered 401; set publicUrl to the URL as it was entered at the "
             "provider");
}

void SeedExamination::warn(const domain::Integration& integration, const std::string& why) {
    warnings_ << "  warning: " << base::printable(nameOf(integration) + ": " + why) << '\n';
}

void SeedExamination::problem(const domain::Integration& integration, const std::string& why) {
    problems_.push_back(settings_.integrations_file + ": " + nameOf(integration) + ": " + why);
}

} // namespace hookgate::app
