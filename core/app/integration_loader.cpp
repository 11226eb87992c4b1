#include "core/app/integration_loader.hpp"

#include "core/app/provider_risks.hpp"
#include "core/delivery/callback_url.hpp"
#include "core/integrations/instance_settings.hpp"

#include <utility>

namespace hookgate::app {
namespace {

std::string nameOf(const domain::Integration& integration) {
    return "integration " + integration.provider + "/" + integration.name;
}

bool runsSameCode(const plugin::ProviderType* a, const plugin::ProviderType* b) noexcept {
    return a != nullptr && b != nullptr && a->code() == b->code();
}

void add(plugin::Directory::Snapshot& snapshot,
         std::shared_ptr<const plugin::ActiveIntegration> active) {
    if (active->record.active) snapshot.active_by_provider.emplace(active->record.provider, active);
    snapshot.by_id.emplace(active->record.id, std::move(active));
}

} // namespace

IntegrationLoader::IntegrationLoader(const config::Settings& settings, store::EventStore& store,
                                     const plugin::Registry& registry, plugin::Directory& directory,
                                     base::Log& log)
    : resolver_{settings},
      ingest_timeout_{settings.ingest_timeout},
      store_{store},
      registry_{registry},
      directory_{directory},
      log_{log},
      generation_{registry.current()} {}

std::vector<std::string> IntegrationLoader::load() {
    const std::lock_guard lock{mutex_};
    return loadAll();
}

std::vector<std::string> IntegrationLoader::loadAll() {
    version_ = store_.integrationsVersion();
    std::vector<std::string> problems;
    auto snapshot = std::make_shared<plugin::Directory::Snapshot>();
    for (const auto& integration : store_.integrations()) {
        auto active = unchanged(integration);
        if (!active) active = build(*generation_, integration, problems);
        add(*snapshot, std::move(active));
    }
    directory_.publish(std::move(snapshot));
    return problems;
}

void IntegrationLoader::refresh() {
    const std::lock_guard lock{mutex_};
    if (store_.integrationsVersion() == version_) return;
    for (const auto& problem : loadAll())
        log_.error("integration unavailable", {{"problem", problem}});
    log_.information("integrations taken up",
                     {{"integrations", directory_.snapshot()->by_id.size()}});
}

std::vector<std::string> IntegrationLoader::moveTo(std::shared_ptr<const plugin::Generation> next,
                                                   const std::function<void()>& swap) {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> problems;
    auto snapshot = std::make_shared<plugin::Directory::Snapshot>();
    for (const auto& [id, active] : directory_.snapshot()->by_id)
        add(*snapshot, moved(*next, active, problems));
    if (!problems.empty() || !swap) return problems;
    swap();
    generation_ = std::move(next);
    directory_.publish(std::move(snapshot));
    return {};
}

IntegrationLoader::Active IntegrationLoader::moved(const plugin::Generation& next,
                                                   const Active& from,
                                                   std::vector<std::string>& problems) const {
    const auto& provider = integrations::pluginProviderOf(from->record);
    const auto* const type = next.find(provider);
    if (!from->record.active || (type == nullptr && !from->provider) ||
        runsSameCode(type, generation_->find(provider)))
        return from;
    if (type == nullptr) {
        problems.push_back(nameOf(from->record) + ": no plugin would offer the provider " +
                           provider +
                           "; put its file back, or make the integration inactive first");
        return from;
    }
    std::vector<std::string> own_problems;
    auto made = build(next, from->record, own_problems);
    // What did not work before need not work now.
    if (from->provider) problems.insert(problems.end(), own_problems.begin(), own_problems.end());
    return made;
}

// A running instance stays when nothing about it changed, so that requests in flight and
// connections are not disturbed by somebody else's update.
IntegrationLoader::Active IntegrationLoader::unchanged(
    const domain::Integration& integration) const {
    const auto snapshot = directory_.snapshot();
    const auto found = snapshot->by_id.find(integration.id);
    if (found == snapshot->by_id.end() || !found->second->provider) return nullptr;
    return found->second->record.updated_at == integration.updated_at ? found->second : nullptr;
}

IntegrationLoader::Active IntegrationLoader::build(const plugin::Generation& generation,
                                                   const domain::Integration& integration,
                                                   std::vector<std::string>& problems) const {
    auto active = std::make_shared<plugin::ActiveIntegration>();
    active->record = integration;
    if (!integration.active) return active;

    const auto refuse = [&](const std::string& why) {
        active->unavailable_because = why;
        problems.push_back(nameOf(integration) + ": " + why);
        return active;
    };
    auto url = resolver_.url(integration.callback_url);
    if (!url) return refuse("callbackUrl: " + url.error());
    if (const auto parsed = delivery::parseCallbackUrl(*url); !parsed)
        return refuse("callbackUrl: " + std::string{parsed.error()});
    active->callback_url = std::move(*url);

    const auto settings = integrations::instanceSettingsOf(integration, resolver_);
    if (!settings) return refuse("secrets: " + settings.error());
    if (generation.find(settings->provider) == nullptr) {
        active->unavailable_because = "no plugin offers the provider " + settings->provider;
        log_.warning("integration has no plugin, its webhooks are answered 503",
                     {{"provider", integration.provider}, {"integration", integration.name}});
        return active;
    }
    auto provider = registry_.create(generation, *settings);
    if (!provider) return refuse(provider.error());
    active->provider = std::move(*provider);
    for (const auto& risk : risksOf(active->provider->contract(), ingest_timeout_))
        log_.warning("integration may lose webhooks", {{"provider", integration.provider},
                                                       {"integration", integration.name},
                                                       {"reason", risk}});
    return active;
}

} // namespace hookgate::app
