#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <optional>

namespace hookgate::store::sqlite {

// Reads single delivery attempts. One thread at a time; ends before its database.
class AttemptRows {
public:
    explicit AttemptRows(const Database& database);

    // nullopt: there is no such row.
    std::optional<AttemptRow> read(std::int64_t attempt_id);

private:
    Statement select_;
};

// A page of the attempts that pass the filter, newest first, with the number of all that do.
Page<AttemptRow> readAttempts(const Database& database, const AttemptFilter& filter,
                              PageRequest page);

// The last `most` attempts of an event, rising attempt_no.
std::vector<AttemptRow> readAttemptsOf(const Database& database, std::int64_t event_id,
                                       std::int64_t most);

} // namespace hookgate::store::sqlite
