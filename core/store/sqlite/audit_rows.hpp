#pragma once

#include "core/domain/records.hpp"
#include "core/store/sqlite/counters.hpp"
#include "core/store/sqlite/database.hpp"

namespace hookgate::store::sqlite {

// The rows of the audit trail that do not follow from others.
class AuditRows {
public:
    AuditRows(const Database& database, Counters& counters, base::UuidGenerator& ids,
              const base::Clock& clock)
        : insert_{database,
                  "INSERT INTO audit (id, rest, entity_type, entity_id, action, actor, details, "
                  "created_at) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
          taken_{database, "SELECT 1 FROM audit WHERE id = ?"},
          counters_{counters},
          ids_{ids},
          clock_{clock} {}

    // Fills in id and time where they are missing.
    void insert(domain::AuditEntry& entry) {
        // Another process that seeds makes ids too, perhaps in the same millisecond.
        while (entry.id.isNil() || isTaken(entry.id))
            entry.id = ids_.next();
        if (entry.created_at == 0) entry.created_at = clock_.unixMs();
        const auto id = RowId::of(entry.id);
        insert_.bind(id.id)
            .bind(id.rest)
            .bindText(entry.entity_type)
            .bindText(entry.entity_id)
            .bindText(entry.action);
        insert_.bindText(entry.actor).bindText(entry.details_json).bind(entry.created_at).run();
        counters_.add(Total::Audit, 0, 1);
    }

private:
    bool isTaken(const base::Uuid& id) {
        const Use taken{taken_};
        return taken->bind(RowId::of(id).id).step();
    }

    Statement insert_;
    Statement taken_;
    Counters& counters_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
};

} // namespace hookgate::store::sqlite
