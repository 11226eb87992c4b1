#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <vector>

namespace hookgate::store::sqlite {

// One job for each generation of the event: the first delivery, and what each replay began or will
// begin when the send in flight has ended. A replay's job has the id of the replay request that
// began it.
std::vector<JobRow> readJobs(const Database& database, std::int64_t event_id,
                             const EventRow& event);

} // namespace hookgate::store::sqlite
