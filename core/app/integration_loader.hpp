#pragma once

#include "core/base/log.hpp"
#include "core/integrations/value_resolver.hpp"
#include "core/plugin/directory.hpp"
#include "core/plugin/registry.hpp"
#include "core/store/event_store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace hookgate::app {

// Makes the directory of integrations from what the store holds: resolves references, creates the
// plugins' instances and publishes the whole. Safe to call from any thread; one at a time works.
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

    // Gives every integration whose plugin is another one in `next` an instance of that, and then
    // calls `swap` and publishes the whole, so that requests from now on run `next`. Returns why
    // nothing was published: what an integration that has an instance now would lose it for. An
    // empty `swap` only tries. Works from what is published, without the store.
    std::vector<std::string> moveTo(std::shared_ptr<const plugin::Generation> next,
                                    const std::function<void()>& swap);

private:
    using Active = std::shared_ptr<const plugin::ActiveIntegration>;

    std::vector<std::string> loadAll();
    Active build(const plugin::Generation& generation, const domain::Integration& integration,
                 std::vector<std::string>& problems) const;
    Active unchanged(const domain::Integration& integration) const;
    Active moved(const plugin::Generation& next, const Active& from,
                 std::vector<std::string>& problems) const;

    integrations::ValueResolver resolver_;
    const std::chrono::milliseconds ingest_timeout_;
    store::EventStore& store_;
    const plugin::Registry& registry_;
    plugin::Directory& directory_;
    base::Log& log_;
    std::mutex mutex_;
    std::shared_ptr<const plugin::Generation> generation_;
    std::int64_t version_ = 0;
};

} // namespace hookgate::app
