#pragma once

#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/coordination/coordinator.hpp"
#include "core/store/event_queries.hpp"
#include "core/store/event_store.hpp"
#include "core/store/migrator.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace hookgate::app {

// The concrete store and coordination that DATABASE_URL and REDIS_URL ask for. All of these throw
// StartupError for a URL this build does not know, and for what the store refuses.
struct Backends {
    std::unique_ptr<store::EventStore> store;
    std::unique_ptr<store::EventQueries> queries;
    std::unique_ptr<coordination::Coordinator> coordinator;
};

struct BackendOptions {
    std::chrono::milliseconds lease{}; // of events inserted leased
    // Another node has made work that may be claimed here; on a thread of the store.
    std::function<void()> work_may_be_due;
};

Backends openBackends(const config::Settings& settings, BackendOptions options,
                      base::UuidGenerator& ids, const base::Clock& clock, base::Log& log);

// For the commands that may run beside a gateway.
std::unique_ptr<store::EventQueries> openQueries(const config::Settings& settings);
std::vector<store::Migration> migrateDatabase(const config::Settings& settings);
std::vector<domain::Integration> seedDatabase(const config::Settings& settings,
                                              std::span<const domain::Integration> integrations);

} // namespace hookgate::app
