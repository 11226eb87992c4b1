#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/sqlite/audit_rows.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/work_table.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::store::sqlite {

// Writes webhooks, their events and the work on them; the dedupe row decides what is new. Runs
// inside the writer's transaction, on its thread.
class IngestRows {
public:
    IngestRows(Database& database, Counters& counters, WorkTable& work, AuditRows& audit,
               const base::Clock& clock, std::chrono::milliseconds lease);

    // One entry for each event. Throws SqliteError; the transaction is then to be rolled back.
    std::vector<StoredEvent> insert(const domain::NewWebhook& webhook, std::int64_t integration_no);

private:
    struct DedupeKey {
        std::int64_t key;
        std::int64_t check;
    };

    DedupeKey keyOf(const domain::NewEvent& event) const;
    // Takes a key for the event and says which, or finds who has it.
    StoredEvent judge(const domain::NewWebhook& webhook, const domain::NewEvent& event,
                      std::int64_t& key);
    // What is stored under the key; nullopt: the event is gone, the key is free again.
    std::optional<StoredEvent> duplicateOf(const domain::NewWebhook& webhook,
                                           const domain::NewEvent& event, std::int64_t event_id,
                                           bool conflict);
    void recordConflict(const domain::NewWebhook& webhook, const domain::NewEvent& event,
                        const RowId& stored);
    void insertWebhook(const domain::NewWebhook& webhook, std::int64_t integration_no,
                       std::int64_t event_count);
    void insertEvent(const domain::NewWebhook& webhook, const domain::NewEvent& event,
                     std::int64_t integration_no, std::int64_t dedupe_key);

    std::string secret_;
    Counters& counters_;
    WorkTable& work_;
    AuditRows& audit_;
    const base::Clock& clock_;
    const std::int64_t lease_ms_;
    Statement take_key_;
    Statement find_key_;
    Statement reuse_key_;
    Statement find_event_;
    Statement stored_body_;
    Statement insert_webhook_;
    Statement insert_event_;
};

} // namespace hookgate::store::sqlite
