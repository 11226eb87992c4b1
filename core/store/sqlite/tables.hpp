#pragma once

#include "core/store/sqlite/audit_rows.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/ingest_rows.hpp"
#include "core/store/sqlite/integration_rows.hpp"
#include "core/store/sqlite/replay_rows.hpp"
#include "core/store/sqlite/work_rows.hpp"
#include "core/store/sqlite/work_table.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace hookgate::store::sqlite {

// The write connection with everything prepared on it: thrown away and made anew when the
// connection can no longer be trusted. Used by the writer thread alone.
struct Tables {
    Tables(const std::string& path, base::UuidGenerator& ids, const base::Clock& clock,
           std::chrono::milliseconds lease)
        : database{path, Database::Mode::ReadWrite},
          counters{database},
          audit{database, counters, ids, clock},
          work_table{database, counters},
          ingest{database, counters, work_table, audit, clock, lease},
          replays{database, work_table, audit, ids, clock},
          work{database, counters, work_table, replays, ids, clock},
          begin{database, "BEGIN IMMEDIATE"},
          commit{database, "COMMIT"} {}

    Database database;
    Counters counters;
    AuditRows audit;
    WorkTable work_table;
    IngestRows ingest;
    ReplayRows replays;
    WorkRows work;
    Statement begin;
    Statement commit;

    void rollback() noexcept;
    // Undoes what was done since the savepoint of a command.
    void undoCommand();
    // nullopt: it is not stored.
    std::optional<std::int64_t> findIntegration(const base::Uuid& id);
    // Throws StoreError for an integration that is not stored.
    std::int64_t integrationNo(const base::Uuid& id);

private:
    // Integrations are never deleted, so that what is known stays true unless it was rolled back.
    std::unordered_map<base::Uuid, std::int64_t> integration_numbers_;
};

} // namespace hookgate::store::sqlite
