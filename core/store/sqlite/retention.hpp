#pragma once

#include "core/domain/records.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstddef>

namespace hookgate::store::sqlite {

// Deletes what was received before `cutoff` and has no unfinished work, a bounded part at a time:
// events with their attempts, replays and dedupe keys, then webhooks without events, then audit
// rows. Runs inside the writer's transaction, on its thread. Returns how many rows went; 0: nothing
// is left to delete.
std::size_t deleteOlderThan(Database& database, Counters& counters, domain::UnixMs cutoff);

} // namespace hookgate::store::sqlite
