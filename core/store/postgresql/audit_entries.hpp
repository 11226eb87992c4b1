#pragma once

#include "core/domain/records.hpp"
#include "core/store/derived_audit.hpp"
#include "core/store/postgresql/query_pool.hpp"

#include <span>
#include <utility>
#include <vector>

namespace hookgate::store::postgresql {

// A row that is, or implies, an entry of the audit trail.
using AuditPlace = std::pair<AuditSource, domain::Uuid>;

// The entries of those rows, in order; what is not there is left out.
std::vector<domain::AuditEntry> readAuditEntries(Snapshot& snapshot,
                                                 std::span<const AuditPlace> places);

} // namespace hookgate::store::postgresql
