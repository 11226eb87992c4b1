#include "core/integrations/instance_settings.hpp"

#include <chrono>
#include <utility>

namespace hookgate::integrations {

const std::string& pluginProviderOf(const domain::Integration& integration) noexcept {
    return integration.plugin.empty() ? integration.provider : integration.plugin;
}

base::Result<plugin::InstanceSettings, std::string> instanceSettingsOf(
    const domain::Integration& integration, const ValueResolver& resolver) {
    plugin::InstanceSettings settings{.provider = pluginProviderOf(integration),
                                      .integration = integration.name,
                                      .settings_json = integration.settings_json,
                                      .alias = integration.provider};
    if (integration.tolerance_s)
        settings.tolerance = std::chrono::seconds{*integration.tolerance_s};
    for (const auto& reference : integration.secrets) {
        auto secret = resolver.secret(reference.value);
        if (!secret) return base::Error{std::move(secret.error())};
        settings.secrets.push_back({reference.key_id, std::move(*secret)});
    }
    return settings;
}

} // namespace hookgate::integrations
