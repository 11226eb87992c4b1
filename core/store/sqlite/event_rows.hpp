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

// The state that the columns of a work row mean; `tries` counts the sends of its generation.
domain::EventStatus statusOf(std::int64_t work_state, std::int64_t tries) noexcept;

} // namespace hookgate::store::sqlite
