#pragma once

#include "core/domain/records.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstddef>
#include <cstdint>

namespace hookgate::store::sqlite {

struct RetentionStep {
    std::size_t rows = 0;      // events or audit entries that went
    std::int64_t position = 0; // where the next step goes on
    bool finished = false;     // nothing is left to look at
};

// One bounded step of deleting what was received before `cutoff` and has no unfinished work: events
// with their attempts, replays, dedupe keys and webhooks, oldest first, then audit rows. Runs
// inside the writer's transaction, on its thread.
RetentionStep retainStep(Database& database, Counters& counters, domain::UnixMs cutoff,
                         std::int64_t position);

} // namespace hookgate::store::sqlite
