#pragma once

#include "core/base/log.hpp"
#include "core/store/event_store.hpp"
#include "core/store/migrator.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hookgate::store::postgresql {

struct StoreOptions {
    std::string url;                         // a libpq URI, several hosts allowed
    std::chrono::milliseconds lease{30'000}; // of events inserted leased
    std::size_t queued_items_max = 16'384;
    // Of a single statement of the hot path; a frozen server is given up half a second later.
    std::chrono::milliseconds statement_timeout{2000};
    // Another node has made work that may be claimed here; called on a thread of the store, and
    // must not block.
    std::function<void()> work_may_be_due;
    // Due times and leases come from the clock given below instead of the database's: for tests.
    bool own_time = false;
};

// Opens the store as one of any number of nodes on its database. Throws StoreError: also when the
// schema is behind, naming `hookgate migrate`, or newer. Leases of nodes that died end by
// themselves. `ids`, the clock and the log outlive the store.
//
// Threads: two that write webhooks, one that writes results and audit entries, one that signals
// between nodes; everything else runs on its caller's thread with a connection of a small pool.
std::unique_ptr<EventStore> openStore(const StoreOptions& options, base::UuidGenerator& ids,
                                      const base::Clock& clock, base::Log& log);

// For commands that run beside gateways; one migrates while others wait. Throw StoreError.
std::vector<Migration> migrateDatabase(const std::string& url);
std::vector<domain::Integration> seedIntegrations(const std::string& url,
                                                  std::span<const domain::Integration> integrations,
                                                  base::UuidGenerator& ids,
                                                  const base::Clock& clock);

} // namespace hookgate::store::postgresql
