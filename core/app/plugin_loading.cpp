#include "core/app/plugin_loading.hpp"

#include "core/app/gateway.hpp"
#include "core/base/json_writer.hpp"
#include "core/plugin/probe/probe.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <string>

namespace hookgate::app {
namespace {

void audit(store::EventStore& store, std::string_view action, const std::string& file,
           std::string details) {
    domain::AuditEntry entry;
    entry.entity_type = "plugin";
    entry.entity_id = file;
    entry.action = action;
    entry.actor = "system";
    entry.details_json = std::move(details);
    store.audit(std::move(entry));
}

void tellLoaded(store::EventStore& store, base::Log& log, const plugin::PluginInfo& plugin) {
    std::string providers;
    for (const auto& provider : plugin.providers)
        providers += (providers.empty() ? "" : ",") + provider.name;
    base::JsonWriter details;
    details.beginObject().key("version").string(plugin.version).key("abi").string(plugin.abi);
    details.key("sha256").string(plugin.sha256).key("providers").string(providers).endObject();
    audit(store, "plugin.loaded", plugin.file, details.text());
    log.information("plugin loaded", {{"file", plugin.file},
                                      {"version", plugin.version},
                                      {"abi", plugin.abi},
                                      {"sha256", plugin.sha256},
                                      {"providers", providers}});
}

} // namespace

plugin::Registry::Options registryOptions(const config::Settings& settings,
                                          const std::string& program) {
    plugin::Registry::Options options{.directory = settings.plugins_dir};
    if (!program.empty()) options.trial = plugin::Probe{{.program = program}};
    return options;
}

std::unique_ptr<plugin::Registry> loadPlugins(const config::Settings& settings,
                                              const std::string& program, store::EventStore& store,
                                              observability::Metrics& metrics, base::Log& log,
                                              const base::Clock& clock) {
    auto registry = std::make_unique<plugin::Registry>(
        registryOptions(settings, program),
        plugin::inProcessInstances(log, clock, [&metrics](auto provider, auto step, auto took) {
            metrics.pluginCall(provider, step, took);
        }));
    for (const auto& plugin : registry->plugins())
        tellLoaded(store, log, plugin);
    if (registry->refused().empty()) return registry;

    std::string problems =
        "PLUGINS_DIR " + settings.plugins_dir + ": nothing is served while a file is refused";
    for (const auto& refused : registry->refused()) {
        base::JsonWriter details;
        details.beginObject().key("reason").string(refused.reason).endObject();
        audit(store, "plugin.refused", refused.file, details.text());
        problems += "\n  " + refused.file + ": " + refused.reason;
    }
    store.flush();
    throw StartupError{problems, true};
}

} // namespace hookgate::app
