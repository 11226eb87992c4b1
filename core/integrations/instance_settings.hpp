#pragma once

#include "core/base/result.hpp"
#include "core/domain/integration.hpp"
#include "core/integrations/value_resolver.hpp"
#include "core/plugin/instance_settings.hpp"

#include <string>

namespace hookgate::integrations {

// The provider whose plugin an integration uses: the one that it names, or its own.
const std::string& pluginProviderOf(const domain::Integration& integration) noexcept;

// What an integration's instance is made with. The error says which secret does not resolve.
base::Result<plugin::InstanceSettings, std::string> instanceSettingsOf(
    const domain::Integration& integration, const ValueResolver& resolver);

} // namespace hookgate::integrations
