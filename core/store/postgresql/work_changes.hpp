#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/postgresql/replay_rows.hpp"
#include "core/store/postgresql/work_table.hpp"

#include <chrono>
#include <span>
#include <vector>

namespace hookgate::store::postgresql {

// What happens to unfinished work, row by row, where one statement for many would not say it all:
// claims, late results, results and releases that a replay waits for. Part of the caller's
// transaction.
class WorkChanges {
public:
    WorkChanges(Connection& connection, const Context& context)
        : table_{connection, context},
          replays_{table_} {}

    // Rows that another node is claiming at this moment are left to it.
    std::vector<domain::WorkItem> claim(std::span<const ClaimRequest> requests,
                                        std::chrono::milliseconds lease);
    // False: the result was overtaken and changed nothing.
    bool finish(const domain::DeliveryResult& result);
    void release(const domain::WorkRef& ref);

    ReplayRows& replays() noexcept { return replays_; }

private:
    // The generation ended: the row goes, stays as failed, or the replay that waited for this
    // begins. False: the row went.
    bool endGeneration(WorkRow& row, bool delivered);
    // Records the send of an expired lease whose result nobody told; a replay that waited for it
    // begins. False: it was one too many, and the event failed.
    bool recordUnknown(WorkRow& row);

    WorkTable table_;
    ReplayRows replays_;
};

} // namespace hookgate::store::postgresql
