#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <optional>

namespace hookgate::store::sqlite {

// Everything about one event; nullopt: there is none of that id.
std::optional<EventDetails> readEvent(const Database& database, const domain::Uuid& id);

} // namespace hookgate::store::sqlite
