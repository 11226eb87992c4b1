#include "core/app/plugin_loading.hpp"

#include "core/app/gateway.hpp"
#include "core/app/plugin_audit.hpp"
#include "core/plugin/probe/probe.hpp"

#include <string>
#include <utility>

namespace hookgate::app {
namespace {

plugin::TrustPolicy policyOf(config::PluginTrust trust) noexcept {
    switch (trust) {
        case config::PluginTrust::Pinned:
            return plugin::TrustPolicy::Pinned;
        case config::PluginTrust::Signed:
            return plugin::TrustPolicy::Signed;
        case config::PluginTrust::Any:
            break;
    }
    return plugin::TrustPolicy::Any;
}

} // namespace

plugin::TrustOptions trustOptions(const config::Settings& settings) {
    return {.access = settings.app_env == config::Environment::Production
                          ? plugin::AccessCheck::Strict
                          : plugin::AccessCheck::Lenient,
            .policy = policyOf(settings.plugin_trust),
            .keys_file = settings.plugin_keys_file};
}

plugin::Registry::Options registryOptions(const config::Settings& settings,
                                          const std::string& program) {
    plugin::Registry::Options options{.directory = settings.plugins_dir,
                                      .trust = trustOptions(settings)};
    if (!program.empty()) options.trial = plugin::Probe{{.program = program}};
    return options;
}

std::unique_ptr<plugin::Registry> loadPlugins(plugin::Registry::Options options,
                                              plugin::InstanceFactory factory,
                                              store::EventStore& store, base::Log& log) {
    const auto directory = options.directory.string();
    auto registry = std::make_unique<plugin::Registry>(std::move(options), std::move(factory));
    PluginAudit audit{store, log};
    for (const auto& plugin : registry->plugins())
        audit.loaded(plugin);
    if (registry->refused().empty()) return registry;

    std::string problems =
        "PLUGINS_DIR " + directory + ": nothing is served while a file is refused";
    for (const auto& refused : registry->refused()) {
        audit.refused(refused, "system");
        problems += "\n  " + refused.file + ": " + refused.reason;
    }
    store.flush();
    throw StartupError{problems, true};
}

} // namespace hookgate::app
