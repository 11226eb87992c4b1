#pragma once

#include "core/store/event_queries.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace hookgate::store::postgresql {

// Queries on connections of their own, opened when they are first needed. The database has to be
// migrated; a standby will do.
std::unique_ptr<EventQueries> openQueries(
    const std::string& url, std::size_t connections = 2,
    std::chrono::milliseconds time_limit = std::chrono::seconds{5});

} // namespace hookgate::store::postgresql
