#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/sqlite/audit_rows.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/work_table.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hookgate::store::sqlite {

// Replays: who asked for them, which generation they became, and how that ended, with the audit
// entries of each step. Runs inside the writer's transaction, on its thread.
class ReplayRows {
public:
    ReplayRows(const Database& database, WorkTable& work, AuditRows& audit,
               base::UuidGenerator& ids, const base::Clock& clock);

    // nullopt: there is no such event.
    std::optional<ReplayReceipt> request(const domain::ReplayCommand& command);

    // The first send of a generation that replays asked for may happen from now on.
    void dispatched(std::int64_t event, std::int64_t generation);
    void finished(std::int64_t event, std::int64_t generation, bool delivered);

private:
    struct Request {
        RowId id;
        std::string requested_by;
        std::string reason;
        std::string key_name;
    };

    // The number of its integration; nullopt: there is no such event.
    std::optional<std::int64_t> integrationOf(const RowId& event);
    // Gives the event work that is due now, or notes that a replay waits; returns the generation it
    // joins.
    std::int64_t schedule(std::int64_t event, std::int64_t integration, bool& due_now);
    std::int64_t restart(std::int64_t event, std::int64_t integration);
    void audit(const Request& request, std::int64_t event, std::string_view action,
               bool about_event);
    void eachOpen(std::int64_t event, std::int64_t generation, std::string_view action,
                  Statement& mark, bool about_event);

    WorkTable& work_;
    AuditRows& audit_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
    Statement event_;
    Statement history_;
    Statement insert_;
    Statement open_;
    Statement mark_dispatched_;
    Statement mark_finished_;
};

} // namespace hookgate::store::sqlite
