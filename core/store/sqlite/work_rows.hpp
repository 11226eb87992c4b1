#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/sqlite/audit_rows.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/replay_rows.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace hookgate::store::sqlite {

// What happens to unfinished work: results, claims, renewals, releases. Every write names
// generation and claim. Runs inside the writer's transaction, on its thread.
class WorkRows {
public:
    WorkRows(Database& database, Counters& counters, ReplayRows& replays, base::UuidGenerator& ids,
             const base::Clock& clock);

    // False: the result was overtaken and changed nothing.
    bool finish(const domain::DeliveryResult& result);
    // Appends what was claimed for the integration.
    void claim(std::int64_t integration_no, const domain::Uuid& integration_id, std::size_t most,
               std::chrono::milliseconds lease, std::vector<domain::WorkItem>& claimed);
    std::optional<std::int64_t> renew(const domain::WorkRef& ref, std::chrono::milliseconds lease);
    void release(const domain::WorkRef& ref);

private:
    struct Row {
        std::int64_t event = 0;
        std::int64_t integration = 0;
        std::int64_t state = 0;
        std::int64_t generation = 0;
        std::int64_t claim = 0;
        std::int64_t attempts = 0;
        std::int64_t sends = 0;
        std::int64_t unknown = 0;
        bool replay_next = false;
    };

    static Row read(const Statement& statement);
    std::optional<Row> find(std::int64_t event);
    void insertAttempt(const Row& row, std::int64_t attempt_no, std::int64_t outcome,
                       const domain::DeliveryResult& result);
    void update(const Row& row, std::int64_t state, domain::UnixMs due_at);
    // The generation ended: the row goes, stays as failed, or the replay that waited for this
    // begins.
    void endGeneration(Row row, bool delivered);
    // Records the send of an expired lease whose result nobody told. False: it was one too many,
    // and the event failed.
    bool recordUnknown(Row& row);
    void fill(const Row& row, domain::WorkItem& item);

    Counters& counters_;
    ReplayRows& replays_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
    Statement find_;
    Statement due_;
    Statement update_;
    Statement delete_;
    Statement renew_;
    Statement release_;
    Statement insert_attempt_;
    Statement event_;
};

} // namespace hookgate::store::sqlite
