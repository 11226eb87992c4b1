#include "core/store/migrator.hpp"

#include "core/store/event_store.hpp"

namespace hookgate::store {

std::vector<Migration> migrateForward(MigrationTarget& target,
                                      std::span<const Migration> migrations) {
    const auto newest = migrations.empty() ? 0 : migrations.back().version;
    const auto current = target.version();
    if (current > newest)
        throw StoreError{"the database has schema version " + std::to_string(current) +
                             ", this hookgate knows up to " + std::to_string(newest) +
                             "; use the newer hookgate, or a backup from before its first start",
                         false};
    std::vector<Migration> applied;
    for (const auto& migration : migrations) {
        if (migration.version <= current) continue;
        target.apply(migration);
        applied.push_back(migration);
    }
    return applied;
}

} // namespace hookgate::store
