#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/query_pool.hpp"

#include <vector>

namespace hookgate::store::postgresql {

// The generations of work on the event.
std::vector<JobRow> readJobs(Snapshot& snapshot, const EventRow& event);

} // namespace hookgate::store::postgresql
