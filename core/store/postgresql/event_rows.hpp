#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/query_pool.hpp"

#include <span>
#include <vector>

namespace hookgate::store::postgresql {

// Events as management shows them: each with its webhook's time, its state as the work row tells
// it, and its latest attempt. In the order of the ids; what is not there is left out.
std::vector<EventRow> readEventRows(Snapshot& snapshot, std::span<const domain::Uuid> ids);

} // namespace hookgate::store::postgresql
