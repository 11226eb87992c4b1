#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/replay_rows.hpp"
#include "core/store/sqlite/work_table.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace hookgate::store::sqlite {

// What happens to unfinished work: results, claims, renewals, releases. Every write is fenced by
// generation and claim. Runs inside the writer's transaction, on its thread.
class WorkRows {
public:
    WorkRows(const Database& database, Counters& counters, WorkTable& table, ReplayRows& replays,
             base::UuidGenerator& ids, const base::Clock& clock);

    // False: the result was overtaken and changed nothing.
    bool finish(const domain::DeliveryResult& result);
    // Appends what was claimed for the integration.
    void claim(std::int64_t integration_no, const ClaimRequest& request,
               std::chrono::milliseconds lease, std::vector<domain::WorkItem>& claimed);
    std::optional<std::int64_t> renew(const domain::WorkRef& ref, std::chrono::milliseconds lease);
    void release(const domain::WorkRef& ref);

private:
    // The row as long as the ref still names its lease.
    std::optional<WorkRow> leased(const domain::WorkRef& ref);
    void insertAttempt(const WorkRow& row, std::int64_t attempt_no, std::int64_t outcome,
                       const domain::DeliveryResult& result);
    // The generation ended: the row goes, stays as failed, or the replay that waited for this
    // begins.
    void endGeneration(const WorkRow& before, WorkRow& row, bool delivered);
    // Records the send of an expired lease whose result nobody told; a replay that waited for it
    // begins. False: it was one too many, and the event failed.
    bool recordUnknown(WorkRow& row);
    // False: there is no such event.
    bool fill(const WorkRow& row, domain::WorkItem& item);

    Counters& counters_;
    WorkTable& table_;
    ReplayRows& replays_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
    Statement insert_attempt_;
    Statement event_;
};

} // namespace hookgate::store::sqlite
