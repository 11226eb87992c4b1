#pragma once

#include "core/store/migrator.hpp"
#include "core/store/postgresql/connection.hpp"

#include <span>
#include <vector>

namespace hookgate::store::postgresql {

// Embedded from migrations/postgresql, in order.
std::span<const Migration> migrations() noexcept;

// Brings the database to this binary's schema. One process does it, others wait and find it done;
// what was interrupted goes on where it stopped. Throws StoreError.
std::vector<Migration> migrate(Connection& connection);

// Throws StoreError, naming `hookgate migrate`, unless the schema is this binary's.
void requireCurrent(Connection& connection);

} // namespace hookgate::store::postgresql
