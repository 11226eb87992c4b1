#pragma once

#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/sql_filter.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::store::sqlite {

// When the row was written: its key tells.
inline base::UnixMs timeOf(std::int64_t row_id) noexcept {
    return row_id >> 12;
}

inline base::Uuid uuidOf(std::string_view bytes) noexcept {
    base::Uuid id;
    std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
    return id;
}

// The row id of `id` in the table, if the row is there and has all of the id.
inline std::optional<std::int64_t> findRow(const Database& database, const std::string& table,
                                           const base::Uuid& id) {
    const auto row = RowId::of(id);
    if (row.uuid() != id) return std::nullopt; // not of our making
    Statement find{database, "SELECT 1 FROM " + table + " WHERE id = ? AND rest = ?"};
    if (!find.bind(row.id).bind(row.rest).step()) return std::nullopt;
    return row.id;
}

// The first column of the first row; 0 without one.
inline std::int64_t numberOf(const Database& database, const std::string& sql,
                             const SqlFilter& filter) {
    Statement select{database, sql};
    filter.bindTo(select);
    return select.step() ? select.integer(0) : 0;
}

// The sum of a counter over the integrations.
inline std::int64_t counterOf(const Database& database, std::string_view name) {
    Statement sum{database, "SELECT coalesce(sum(value), 0) FROM counter WHERE name = ?"};
    return sum.bindText(name).step() ? sum.integer(0) : 0;
}

// Runs "SELECT <id> ... LIMIT ? OFFSET ?".
inline std::vector<std::int64_t> rowIdsOf(const Database& database, const std::string& sql,
                                          const SqlFilter& filter, std::int64_t limit,
                                          std::int64_t offset) {
    Statement select{database, sql};
    filter.bindTo(select);
    select.bind(limit).bind(offset);
    std::vector<std::int64_t> ids;
    while (select.step())
        ids.push_back(select.integer(0));
    return ids;
}

} // namespace hookgate::store::sqlite
