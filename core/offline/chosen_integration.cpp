#include "core/offline/chosen_integration.hpp"

#include "core/integrations/instance_settings.hpp"
#include "core/integrations/integrations_file.hpp"
#include "core/integrations/value_resolver.hpp"
#include "core/offline/suggestion.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::offline {
namespace {

using Integrations = std::vector<domain::Integration>;

std::string nameOf(const domain::Integration& integration) {
    return integration.provider + "/" + integration.name;
}

// Null: there is none.
const domain::Integration* find(const Integrations& integrations, const Choice& choice) {
    const domain::Integration* first = nullptr;
    for (const auto& integration : integrations) {
        if (integration.provider != choice.provider) continue;
        if (!choice.integration.empty()) {
            if (integration.name == choice.integration) return &integration;
            continue;
        }
        if (integration.active) return &integration;
        if (first == nullptr) first = &integration;
    }
    return first;
}

std::string noneOf(const config::Settings& settings, const Integrations& integrations,
                   const Choice& choice) {
    std::vector<std::string> names;
    for (const auto& integration : integrations)
        if (choice.integration.empty())
            names.push_back(integration.provider);
        else if (integration.provider == choice.provider)
            names.push_back(integration.name);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    const auto& word = choice.integration.empty() ? choice.provider : choice.integration;
    return settings.integrations_file + " has no integration " +
           (choice.integration.empty() ? "for the provider "
                                       : "of " + choice.provider + " named ") +
           word + suggestion(word, names) + "; it has " + listed(names) +
           (choice.integration.empty()
                ? ". Add one, or say with --secret env:NAME or --secret file:PATH what to sign with"
                : "");
}

} // namespace

base::Result<std::string, std::string> secretAt(const config::Settings& settings,
                                                const std::string& place) {
    domain::ValueReference reference;
    if (place.starts_with("env:"))
        reference.env = place.substr(4);
    else if (place.starts_with("file:"))
        reference.file = place.substr(5);
    if (reference.env.empty() && reference.file.empty())
        return base::Error{
            std::string{"a secret is named by its place, env:NAME or file:PATH, so that it is in "
                        "no list of processes"}};
    return integrations::ValueResolver{settings}.secret(reference);
}

base::Result<plugin::InstanceSettings, std::string> resolved(const config::Settings& settings,
                                                             const domain::Integration& record) {
    auto instance = integrations::instanceSettingsOf(record, integrations::ValueResolver{settings});
    if (!instance) return base::Error{"the secret of " + nameOf(record) + ": " + instance.error()};
    return instance;
}

base::Result<std::vector<domain::Integration>, std::string> integrationsOf(
    const config::Settings& settings) {
    auto read = integrations::readIntegrations(settings.integrations_file);
    if (read) return std::move(*read);
    std::string problems;
    for (const auto& problem : read.error())
        problems += (problems.empty() ? "" : "\n") + problem;
    return base::Error{std::move(problems)};
}

base::Result<ChosenIntegration, std::string> chooseIntegration(const config::Settings& settings,
                                                               const Choice& choice) {
    auto integrations = integrationsOf(settings);
    if (!integrations && choice.secret.empty()) return base::Error{std::move(integrations.error())};
    ChosenIntegration chosen;
    const auto* const found = integrations ? find(*integrations, choice) : nullptr;
    if (found != nullptr) {
        chosen.record = *found;
    } else if (choice.secret.empty() || !choice.integration.empty()) {
        return base::Error{integrations ? noneOf(settings, *integrations, choice)
                                        : integrations.error()};
    } else {
        chosen.record.provider = chosen.record.name = choice.provider;
    }
    if (!choice.secret.empty()) chosen.record.secrets.clear();
    auto instance = resolved(settings, chosen.record);
    if (!instance) return base::Error{std::move(instance.error())};
    chosen.settings = std::move(*instance);
    if (choice.secret.empty()) return chosen;
    auto secret = secretAt(settings, choice.secret);
    if (!secret) return base::Error{"--secret: " + secret.error()};
    chosen.settings.secrets.push_back({choice.secret, std::move(*secret)});
    return chosen;
}

} // namespace hookgate::offline
