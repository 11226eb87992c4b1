#pragma once

#include "core/base/log.hpp"
#include "core/integrations/value_resolver.hpp"
#include "core/plugin/directory.hpp"
#include "core/plugin/registry.hpp"
#include "core/store/event_store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hookgate::app {

// Makes the directory of integrations from what the store holds: resolves references, creates the
// plugins' instances and publishes the whole. One thread at a time.
class IntegrationLoader {
public:
    // All outlive the loader.
    IntegrationLoader(const config::Settings& settings, store::EventStore& store,
                      const plugin::Registry& registry, plugin::Directory& directory,
                      base::Log& log);

    // Returns what the operator has to change before a gateway may start; a plugin that is not
    // there is none of it.
    std::vector<std::string> load();

    // Takes up what was seeded since; an integration with a problem answers 503 and says why in the
    // log.
    void refresh();

private:
    std::shared_ptr<const plugin::ActiveIntegration> build(
        const domain::Integration& integration, std::vector<std::string>& problems) const;
    std::shared_ptr<const plugin::ActiveIntegration> unchanged(
        const domain::Integration& integration) const;

    integrations::ValueResolver resolver_;
    store::EventStore& store_;
    const plugin::Registry& registry_;
    plugin::Directory& directory_;
    base::Log& log_;
    std::int64_t version_ = 0;
};

} // namespace hookgate::app
