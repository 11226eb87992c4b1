#include "core/store/sqlite/tables.hpp"

#include <sqlite3.h>

namespace hookgate::store::sqlite {

void Tables::rollback() noexcept {
    counters.discard();
    // After some errors SQLite has rolled back by itself.
    if (::sqlite3_get_autocommit(database.handle()) == 0)
        ::sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Tables::integrationNo(const base::Uuid& id) const {
    const auto found = integration_numbers.find(id);
    if (found == integration_numbers.end())
        throw StoreError{"unknown integration " + id.text(), false};
    return found->second;
}

} // namespace hookgate::store::sqlite
