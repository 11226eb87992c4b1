#pragma once

#include "core/store/sqlite/audit_rows.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/ingest_rows.hpp"
#include "core/store/sqlite/integration_rows.hpp"
#include "core/store/sqlite/replay_rows.hpp"
#include "core/store/sqlite/work_rows.hpp"

#include <chrono>
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
          ingest{database, counters, audit, clock, lease},
          replays{database, audit, ids, clock},
          work{database, counters, replays, ids, clock},
          begin{database, "BEGIN IMMEDIATE"},
          commit{database, "COMMIT"},
          integration_numbers{IntegrationRows::numbers(database)} {}

    Database database;
    Counters counters;
    AuditRows audit;
    IngestRows ingest;
    ReplayRows replays;
    WorkRows work;
    Statement begin;
    Statement commit;
    std::unordered_map<base::Uuid, std::int64_t> integration_numbers;

    void rollback() noexcept;
    // Throws StoreError for an integration that is not stored.
    std::int64_t integrationNo(const base::Uuid& id) const;
};

} // namespace hookgate::store::sqlite
