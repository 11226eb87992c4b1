#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <vector>

namespace hookgate::store::sqlite {

// The generations of work on the event.
std::vector<JobRow> readJobs(const Database& database, std::int64_t event_id,
                             const EventRow& event);

} // namespace hookgate::store::sqlite
