#pragma once

#include "core/base/log.hpp"
#include "core/store/event_store.hpp"
#include "core/store/migrator.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hookgate::store::sqlite {

struct StoreOptions {
    std::string path;
    std::chrono::milliseconds lease{30'000}; // of events inserted leased
    std::size_t queued_items_max = 16'384;
};

// Opens the database as the one gateway that uses it: makes its directory, takes the lock, refuses
// a damaged or newer file, migrates, and frees all leases, since whoever held them is gone. Throws
// StoreError. `ids` is moved above every id that is stored; it, the clock and the log outlive the
// store.
std::unique_ptr<EventStore> openStore(StoreOptions options, base::UuidGenerator& ids,
                                      const base::Clock& clock, base::Log& log);

// For commands that run beside a gateway (migrate, seed): no lock, no leases.
std::vector<Migration> migrateDatabase(const std::string& path);
std::vector<domain::Integration> seedIntegrations(const std::string& path,
                                                  std::span<const domain::Integration> integrations,
                                                  base::UuidGenerator& ids,
                                                  const base::Clock& clock);

} // namespace hookgate::store::sqlite
