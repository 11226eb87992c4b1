#pragma once

#include "core/domain/records.hpp"
#include "core/store/postgresql/connection.hpp"

#include <cstddef>
#include <cstdint>

namespace hookgate::store::postgresql {

// Deletes what was received before a cutoff and has no unfinished work, in steps: whole days by
// dropping their partitions, what is left over of them and what no partition covers row by row, at
// last the idempotency keys of events that are gone. One thread at a time.
class Retention {
public:
    // Returns how many rows went; 0: nothing is left. Throws StoreError; when a partition is in
    // use, a later call drops it.
    std::size_t step(Connection& connection, domain::UnixMs cutoff);

private:
    std::int64_t dropDay(Connection& connection, std::int32_t cutoff_day);
    std::int64_t sweep(Connection& connection, std::int32_t cutoff_day);

    std::int64_t sweep_position_ = 0;
};

// Makes the partitions of the days around `now`, ahead of their use.
void preparePartitions(Connection& connection, domain::UnixMs now);

} // namespace hookgate::store::postgresql
