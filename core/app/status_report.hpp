#pragma once

#include "core/app/edge.hpp"
#include "core/app/plugin_guard.hpp"
#include "core/base/log.hpp"
#include "core/coordination/coordinator.hpp"
#include "core/management/health.hpp"
#include "core/observability/metrics.hpp"
#include "core/plugin/directory.hpp"
#include "core/store/event_store.hpp"

#include <atomic>

namespace hookgate::app {

// What the gateway says of itself: health without touching the database, gauges for a scrape.
// Safe to call from any thread.
class StatusReport {
public:
    StatusReport(store::EventStore& store, const coordination::Coordinator& coordinator,
                 const plugin::Directory& directory, const PluginGuard& guard, const base::Log& log,
                 const base::Clock& clock)
        : store_{store},
          coordinator_{coordinator},
          directory_{directory},
          guard_{guard},
          log_{log},
          clock_{clock} {}

    // From now on health says that no webhook is taken.
    void startDraining() noexcept { draining_ = true; }

    // Looks at the queue, for the next health reports; throws store::StoreError.
    void refreshQueue();

    management::HealthReport health() const;
    observability::Gauges gauges(const Edge& edge);

private:
    management::HealthCheck pluginCheck() const;
    management::HealthCheck queueCheck() const;

    store::EventStore& store_;
    const coordination::Coordinator& coordinator_;
    const plugin::Directory& directory_;
    const PluginGuard& guard_;
    const base::Log& log_;
    const base::Clock& clock_;
    std::atomic<bool> draining_{false};
    std::atomic<base::UnixMs> oldest_due_{0};
};

} // namespace hookgate::app
