#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/query_pool.hpp"

#include <optional>

namespace hookgate::store::postgresql {

// Everything about one event; nullopt: there is none of that id.
std::optional<EventDetails> readEvent(Snapshot& snapshot, const domain::Uuid& id);

} // namespace hookgate::store::postgresql
