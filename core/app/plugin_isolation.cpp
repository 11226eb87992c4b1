#include "core/app/plugin_isolation.hpp"

#include "core/app/gateway.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace hookgate::app {
namespace {

constexpr std::size_t kMemoryBytesBase = std::size_t{256} * 1024 * 1024;
// Its copies of a body, and what the arena may hold for it.
constexpr std::size_t kMemoryBytesPerBodyByte = 16;

bool isAll(const std::vector<std::string>& providers) {
    return providers.size() == 1 && providers.front() == config::kAllPlugins;
}

} // namespace

PluginIsolation::PluginIsolation(const config::Settings& settings, std::size_t calls_at_once)
    : providers_{settings.plugin_isolation},
      options_{.program = plugin::isolation::programBesideThis(),
               .processes_max = calls_at_once,
               .memory_bytes_max =
                   kMemoryBytesBase + kMemoryBytesPerBodyByte * settings.max_body_bytes} {
    if (providers_.empty()) return;
    if (::access(options_.program.c_str(), X_OK) != 0)
        throw StartupError{"PLUGIN_ISOLATION needs " + options_.program +
                               ", which is installed with hookgate, beside it",
                           true};
    starter_.emplace();
}

plugin::IsolatedLoading PluginIsolation::loading() {
    if (!starter_) return {};
    return isolatedLoading(isAll(providers_), providers_, options_, *starter_);
}

plugin::InstanceFactory PluginIsolation::instances(plugin::InstanceFactory others, base::Log& log,
                                                   const base::Clock& clock) {
    if (!starter_) return others;
    return withIsolation(std::move(others), options_, *starter_, log, clock);
}

void PluginIsolation::requireKnown(const plugin::Registry& registry) const {
    if (isAll(providers_)) return;
    for (const auto& provider : providers_)
        if (!registry.knows(provider))
            throw StartupError{"PLUGIN_ISOLATION names \"" + provider +
                                   "\", which no plugin of PLUGINS_DIR provides; hookgate plugins "
                                   "list shows what there is",
                               true};
}

} // namespace hookgate::app
