#pragma once

#include "core/base/result.hpp"
#include "core/config/settings.hpp"
#include "core/domain/integration.hpp"
#include "core/plugin/instance_settings.hpp"

#include <string>
#include <vector>

namespace hookgate::offline {

// What an operator asked a command for.
struct Choice {
    std::string provider{};    // the word in the URL
    std::string integration{}; // empty: the active one, or the first
    std::string secret{};      // "env:NAME" or "file:PATH" instead of the integration's; or empty
};

// An integration of INTEGRATIONS_FILE, its secrets resolved as `serve` does it.
struct ChosenIntegration {
    domain::Integration record{};
    plugin::InstanceSettings settings{};
};

// A provider that no integration names is one without settings when the choice has a secret. The
// error says what to do and never tells a secret.
base::Result<ChosenIntegration, std::string> chooseIntegration(const config::Settings& settings,
                                                               const Choice& choice);

// "env:NAME" or "file:PATH", resolved with the rules for secrets.
base::Result<std::string, std::string> secretAt(const config::Settings& settings,
                                                const std::string& place);

// The integration's instance settings with its secrets resolved.
base::Result<plugin::InstanceSettings, std::string> resolved(const config::Settings& settings,
                                                             const domain::Integration& record);

// All of INTEGRATIONS_FILE.
base::Result<std::vector<domain::Integration>, std::string> integrationsOf(
    const config::Settings& settings);

} // namespace hookgate::offline
