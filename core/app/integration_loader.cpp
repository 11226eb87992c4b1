#include "core/app/integration_loader.hpp"

#include "core/delivery/callback_url.hpp"

#include <utility>

namespace hookgate::app {

IntegrationLoader::IntegrationLoader(const config::Settings& settings, store::EventStore& store,
                                     const plugin::Registry& registry, plugin::Directory& directory,
                                     base::Log& log)
    : resolver_{settings},
      store_{store},
      registry_{registry},
      directory_{directory},
      log_{log} {}

std::vector<std::string> IntegrationLoader::load() {
    version_ = store_.integrationsVersion();
    std::vector<std::string> problems;
    auto snapshot = std::make_shared<plugin::Directory::Snapshot>();
    for (const auto& integration : store_.integrations()) {
        auto active = unchanged(integration);
        if (!active) active = build(integration, problems);
        if (integration.active) snapshot->active_by_provider.emplace(integration.provider, active);
        snapshot->by_id.emplace(integration.id, std::move(active));
    }
    directory_.publish(std::move(snapshot));
    return problems;
}

void IntegrationLoader::refresh() {
    if (store_.integrationsVersion() == version_) return;
    for (const auto& problem : load())
        log_.error("integration unavailable", {{"problem", problem}});
    log_.information("integrations taken up",
                     {{"integrations", directory_.snapshot()->by_id.size()}});
}

// A running instance stays when nothing about it changed, so that requests in flight and
// connections are not disturbed by somebody else's update.
std::shared_ptr<const plugin::ActiveIntegration> IntegrationLoader::unchanged(
    const domain::Integration& integration) const {
    const auto snapshot = directory_.snapshot();
    const auto found = snapshot->by_id.find(integration.id);
    if (found == snapshot->by_id.end() || !found->second->provider) return nullptr;
    return found->second->record.updated_at == integration.updated_at ? found->second : nullptr;
}

std::shared_ptr<const plugin::ActiveIntegration> IntegrationLoader::build(
    const domain::Integration& integration, std::vector<std::string>& problems) const {
    auto active = std::make_shared<plugin::ActiveIntegration>();
    active->record = integration;
    if (!integration.active) return active;

    const auto refuse = [&](const std::string& why) {
        active->unavailable_because = why;
        problems.push_back("integration " + integration.provider + "/" + integration.name + ": " +
                           why);
        return active;
    };
    auto url = resolver_.url(integration.callback_url);
    if (!url) return refuse("callbackUrl: " + url.error());
    if (const auto parsed = delivery::parseCallbackUrl(*url); !parsed)
        return refuse("callbackUrl: " + std::string{parsed.error()});
    active->callback_url = std::move(*url);

    plugin::InstanceSettings settings{
        integration.plugin.empty() ? integration.provider : integration.plugin,
        integration.name,
        {},
        integration.settings_json,
        {},
        integration.provider};
    if (integration.tolerance_s)
        settings.tolerance = std::chrono::seconds{*integration.tolerance_s};
    for (const auto& reference : integration.secrets) {
        auto secret = resolver_.secret(reference.value);
        if (!secret) return refuse("secrets: " + secret.error());
        settings.secrets.push_back({reference.key_id, std::move(*secret)});
    }
    if (!registry_.knows(settings.provider)) {
        active->unavailable_because = "no plugin offers the provider " + settings.provider;
        log_.warning("integration has no plugin, its webhooks are answered 503",
                     {{"provider", integration.provider}, {"integration", integration.name}});
        return active;
    }
    auto provider = registry_.create(settings);
    if (!provider) return refuse(provider.error());
    active->provider = std::move(*provider);
    return active;
}

} // namespace hookgate::app
