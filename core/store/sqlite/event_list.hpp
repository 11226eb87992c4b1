#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

namespace hookgate::store::sqlite {

// A page of the events that pass the filter, with the number of all that do.
Page<EventRow> readEvents(const Database& database, const EventFilter& filter, PageRequest page);

} // namespace hookgate::store::sqlite
