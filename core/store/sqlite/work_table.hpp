#pragma once

#include "core/domain/records.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace hookgate::store::sqlite {

enum class WorkState : std::int64_t { Due = 0, Leased = 1, Failed = 2 };

// The work on one event that is not finished.
struct WorkRow {
    std::int64_t event = 0;
    std::int64_t integration = 0;
    domain::UnixMs due_at = 0; // or when its lease ends, or when it failed
    WorkState state = WorkState::Due;
    std::int64_t generation = 0;
    std::int64_t claim = 0;
    std::int64_t attempts = 0;     // recorded, all generations
    std::int64_t sends = 0;        // recorded in this generation, without unknown outcomes
    std::int64_t forgiven = 0;     // of the sends: what a replay took off the retry budget
    std::int64_t unknown = 0;      // unknown outcomes in a row
    bool replay_next = false;      // a replay waits for the flight to end
    domain::UnixMs started_at = 0; // of this generation

    domain::EventStatus status() const noexcept;
    // A new life with the full retry budget, due now; attempt numbers go on.
    void beginGeneration(domain::UnixMs now) noexcept;
};

// The rows of unfinished work, and how many there are in each state. Runs inside the writer's
// transaction, on its thread.
class WorkTable {
public:
    WorkTable(const Database& database, Counters& counters);

    std::optional<WorkRow> find(std::int64_t event);
    // Oldest first: what is due, and what has a lease that expired.
    std::vector<WorkRow> due(std::int64_t integration, domain::UnixMs now, std::size_t most);
    void insert(const WorkRow& row);
    // `before` as it was found, `after` of the same event.
    void update(const WorkRow& before, const WorkRow& after);
    void remove(const WorkRow& row);

private:
    void count(const WorkRow& row, std::int64_t delta);

    Counters& counters_;
    Statement find_;
    Statement due_;
    Statement insert_;
    Statement update_;
    Statement remove_;
};

} // namespace hookgate::store::sqlite
