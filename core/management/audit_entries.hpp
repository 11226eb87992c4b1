#pragma once

#include "core/http/message.hpp"
#include "core/store/event_queries.hpp"

namespace hookgate::management {

// GET /audit-entries: who did what, newest first. Blocks on the database; any number of threads at
// once.
class AuditEntries {
public:
    explicit AuditEntries(store::EventQueries& queries) : queries_{queries} {}

    http::Reply list(const http::Request& request) const;

private:
    store::EventQueries& queries_;
};

} // namespace hookgate::management
