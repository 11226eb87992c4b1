#pragma once

#include "core/store/migrator.hpp"
#include "core/store/sqlite/database.hpp"

#include <span>
#include <vector>

namespace hookgate::store::sqlite {

// The files of migrations/sqlite, in order; generated at build time.
std::span<const Migration> migrations() noexcept;

// Applies what is missing and gives a new database its installation id and its dedupe key.
std::vector<Migration> migrate(Database& database);

// Throws StoreError for a file that is damaged: the header always, every page when it is small
// enough to be read at start.
void checkIntegrity(Database& database, const std::string& path);

// What to say of a damaged file, and what to do about it.
StoreError damaged(const std::string& path, const std::string& symptom);

} // namespace hookgate::store::sqlite
