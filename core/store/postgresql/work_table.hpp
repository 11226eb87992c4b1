#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/context.hpp"
#include "core/store/postgresql/counters.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hookgate::store::postgresql {

enum class WorkState : std::int16_t { Due = 0, Leased = 1, Failed = 2 };

// The work on one event that is not finished.
struct WorkRow {
    base::Uuid event;
    domain::UnixMs due_at = 0; // or when its lease ends, or when it failed
    std::int64_t claim = 0;
    domain::UnixMs started_at = 0; // of this generation
    std::int32_t integration = 0;
    std::int32_t generation = 0;
    std::int32_t attempts = 0; // recorded, all generations
    std::int32_t sends = 0;    // recorded in this generation, without unknown outcomes
    std::int32_t forgiven = 0; // of the sends: what a replay took off the retry budget
    std::int16_t unknown = 0;  // unknown outcomes in a row
    WorkState state = WorkState::Due;
    bool replay_next = false; // a replay waits for the flight to end
    bool watched = false;     // a replay request waits for the end of this generation

    // A new life with the full retry budget, due now; attempt numbers go on.
    void beginGeneration(domain::UnixMs now) noexcept;
};

// The rows of unfinished work, and the attempts that change them. Every function is part of the
// caller's transaction.
class WorkTable {
public:
    WorkTable(Connection& connection, const Context& context);

    // The time of this transaction.
    domain::UnixMs now() const noexcept { return now_; }

    // Locked until the transaction ends.
    std::optional<WorkRow> find(const base::Uuid& event);
    // False: somebody else has inserted one meanwhile.
    bool insert(const WorkRow& row);
    void update(std::span<const WorkRow> rows);
    void remove(const base::Uuid& event);
    // Recorded with the next flush().
    void addAttempt(const WorkRow& row, std::int16_t outcome, const domain::DeliveryResult& result);
    void flush();

    Connection& connection() noexcept { return connection_; }

    const Context& context() const noexcept { return context_; }

private:
    struct Attempt {
        base::Uuid id;
        WorkRow row;
        std::int16_t outcome;
        domain::DeliveryResult result;
    };

    Connection& connection_;
    const Context& context_;
    domain::UnixMs now_;
    std::vector<Attempt> attempts_;
    Counters counters_;
};

// The columns of a work row, of the table w, as statements return them.
constexpr const char* kWorkColumns =
    "w.event, w.due_at, w.claim, w.started_at, w.integration, w.generation, w.attempts, w.sends, "
    "w.forgiven, w.unknown, w.state, w.replay_next, w.watched";
constexpr int kWorkColumnCount = 13;
WorkRow readWork(const Result& result, int row);

} // namespace hookgate::store::postgresql
