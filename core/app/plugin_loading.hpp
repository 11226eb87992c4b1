#pragma once

#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/plugin/registry.hpp"
#include "core/store/event_store.hpp"

#include <memory>
#include <string>

namespace hookgate::app {

// Which files of PLUGINS_DIR may run. Production is strict about their owners and modes.
plugin::TrustOptions trustOptions(const config::Settings& settings);

// How PLUGINS_DIR is loaded. `program` is executed to try each file first; empty: none is tried.
plugin::Registry::Options registryOptions(const config::Settings& settings,
                                          const std::string& program);

// Loads the plugins and tells the audit trail; throws StartupError that names every file that was
// refused, since half a gateway does not start.
std::unique_ptr<plugin::Registry> loadPlugins(plugin::Registry::Options options,
                                              plugin::InstanceFactory factory,
                                              store::EventStore& store, base::Log& log);

} // namespace hookgate::app
