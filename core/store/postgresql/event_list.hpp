#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/query_pool.hpp"

namespace hookgate::store::postgresql {

// A page of the events that pass the filter, with the number of all that do.
Page<EventRow> readEvents(Snapshot& snapshot, const EventFilter& filter, PageRequest page);

} // namespace hookgate::store::postgresql
