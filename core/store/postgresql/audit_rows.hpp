#pragma once

#include "core/domain/records.hpp"
#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/context.hpp"

#include <span>

namespace hookgate::store::postgresql {

// Writes entries of the audit trail that do not follow from other rows, and fills in ids and times
// where they are missing. One statement: it needs no transaction. An entry whose id is stored
// already is the same entry, written again.
void insertAudit(Connection& connection, const Context& context,
                 std::span<domain::AuditEntry> entries);

} // namespace hookgate::store::postgresql
