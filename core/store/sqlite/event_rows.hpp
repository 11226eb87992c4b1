#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <optional>

namespace hookgate::store::sqlite {

// Reading of events, attempts and jobs for management; each call is one short
// read.
Page<EventRow> readEvents(Database &database, const EventFilter &filter,
                          PageRequest page);
std::optional<EventDetails> readEvent(Database &database,
                                      const domain::Uuid &id);
Page<AttemptRow> readAttempts(Database &database, const AttemptFilter &filter,
                              PageRequest page);
Page<domain::AuditEntry> readAudit(Database &database,
                                   const AuditFilter &filter, PageRequest page);

} // namespace hookgate::store::sqlite
