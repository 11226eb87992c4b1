#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/query_pool.hpp"

#include <cstdint>
#include <vector>

namespace hookgate::store::postgresql {

// A page of the attempts that pass the filter, newest first, with the number of all that do.
Page<AttemptRow> readAttempts(Snapshot& snapshot, const AttemptFilter& filter, PageRequest page);

// The last `most` attempts of an event, rising attempt_no.
std::vector<AttemptRow> readAttemptsOf(Snapshot& snapshot, const domain::Uuid& event,
                                       std::int64_t most);

} // namespace hookgate::store::postgresql
