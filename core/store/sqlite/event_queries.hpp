#pragma once

#include "core/store/event_queries.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace hookgate::store::sqlite {

// Queries on read connections of their own. The database has to be there and migrated. Throws
// StoreError.
std::unique_ptr<EventQueries> openQueries(
    const std::string& path, std::size_t connections = 2,
    std::chrono::milliseconds time_limit = std::chrono::seconds{5});

} // namespace hookgate::store::sqlite
