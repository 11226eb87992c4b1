#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/plugin/isolation/isolated_plugins.hpp"
#include "core/plugin/registry.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::app {

// What runs the plugins that PLUGIN_ISOLATION names in processes of their own; nothing when it
// names none. Outlives every registry that uses it, and their instances.
class PluginIsolation {
public:
    // Throws StartupError when hookgate-plugin-host is not there. `calls_at_once`: of one instance.
    PluginIsolation(const config::Settings& settings, std::size_t calls_at_once);

    // For the registry's options.
    plugin::IsolatedLoading loading();

    // Isolated instances in processes, all others by `others`. All outlive the instances.
    plugin::InstanceFactory instances(plugin::InstanceFactory others, base::Log& log,
                                      const base::Clock& clock);

    // Throws StartupError when a name is no provider's.
    void requireKnown(const plugin::Registry& registry) const;

private:
    const std::vector<std::string> providers_;
    plugin::isolation::IsolationOptions options_;
    std::optional<plugin::isolation::Starter> starter_; // none: nothing is isolated
};

} // namespace hookgate::app
