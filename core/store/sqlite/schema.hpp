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

// Refuses a file that is damaged: the header always, every page when it is small enough to be read
// at start.
void checkIntegrity(Database& database, const std::string& path);

} // namespace hookgate::store::sqlite
