#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hookgate::store::sqlite {

// Reads single events as management shows them: the event with its webhook's time, its state as the
// work row tells it, and its latest attempt. One thread at a time; ends before its database.
class EventRows {
public:
    explicit EventRows(const Database& database);

    // nullopt: there is no such row.
    std::optional<EventRow> read(std::int64_t event_id);

private:
    Statement select_;
};

} // namespace hookgate::store::sqlite
