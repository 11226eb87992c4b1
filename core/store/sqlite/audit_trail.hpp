#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

namespace hookgate::store::sqlite {

// A page of the audit trail, newest first: the rows of the audit table, and among them what follows
// from webhook, event and attempt rows.
Page<domain::AuditEntry> readAudit(const Database& database, const AuditFilter& filter,
                                   PageRequest page);

} // namespace hookgate::store::sqlite
