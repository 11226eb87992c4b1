#pragma once

#include "core/domain/integration.hpp"
#include "core/store/sqlite/audit_rows.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace hookgate::store::sqlite {

// The integrations, with secrets and callbacks as references. Reading works on any connection;
// writing runs inside the writer's transaction, on its thread.
class IntegrationRows {
public:
    static std::vector<domain::Integration> all(const Database& database);
    // The number that rows of other tables know an integration by.
    static std::unordered_map<base::Uuid, std::int64_t> numbers(const Database& database);

    // By (provider, name); rows that do not change keep their time and write no audit entry.
    static void upsert(Database& database, AuditRows& audit, base::UuidGenerator& ids,
                       const base::Clock& clock, std::span<const domain::Integration> integrations);
};

} // namespace hookgate::store::sqlite
