#include "core/store/sqlite/tables.hpp"

#include <sqlite3.h>

namespace hookgate::store::sqlite {

void Tables::rollback() noexcept {
    counters.discard();
    integration_numbers_.clear();
    // After some errors SQLite has rolled back by itself.
    if (::sqlite3_get_autocommit(database.handle()) == 0)
        ::sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Tables::undoCommand() {
    counters.discard();
    integration_numbers_.clear();
    database.execute("ROLLBACK TO command; RELEASE command");
}

std::optional<std::int64_t> Tables::findIntegration(const base::Uuid& id) {
    auto found = integration_numbers_.find(id);
    if (found == integration_numbers_.end()) {
        // Perhaps another process has seeded it since.
        integration_numbers_ = IntegrationRows::numbers(database);
        found = integration_numbers_.find(id);
    }
    if (found == integration_numbers_.end()) return std::nullopt;
    return found->second;
}

std::int64_t Tables::integrationNo(const base::Uuid& id) {
    if (const auto number = findIntegration(id)) return *number;
    throw StoreError{"unknown integration " + id.text(), false};
}

} // namespace hookgate::store::sqlite
