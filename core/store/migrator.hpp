#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::store {

// One step of a schema, embedded from migrations/<backend>/NNNN_name.sql.
struct Migration {
    std::int64_t version = 0;
    std::string_view name;
    std::string_view sql;
};

// What a backend has to offer to be migrated.
class MigrationTarget {
public:
    virtual ~MigrationTarget() = default;
    // The highest version that is applied; 0: an empty database.
    virtual std::int64_t version() = 0;
    // Applies one migration and records it, in one transaction.
    virtual void apply(const Migration& migration) = 0;
};

// Brings a database to this binary's schema, forward only; what was interrupted goes on where it
// stopped. Returns the migrations that were applied. Throws StoreError when the database is newer
// than the binary.
std::vector<Migration> migrateForward(MigrationTarget& target,
                                      std::span<const Migration> migrations);

} // namespace hookgate::store
