#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/query_pool.hpp"

namespace hookgate::store::postgresql {

// A page of the audit trail, newest first: the rows of the audit table, and among them what follows
// from webhook, event and attempt rows.
Page<domain::AuditEntry> readAudit(Snapshot& snapshot, const AuditFilter& filter, PageRequest page);

} // namespace hookgate::store::postgresql
