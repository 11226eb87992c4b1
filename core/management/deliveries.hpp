#pragma once

#include "core/http/message.hpp"
#include "core/store/event_queries.hpp"

namespace hookgate::management {

// GET /deliveries: every send that was tried. Blocks on the database; any number of threads at
// once.
class Deliveries {
public:
    explicit Deliveries(store::EventQueries& queries) : queries_{queries} {}

    http::Reply list(const http::Request& request) const;

private:
    store::EventQueries& queries_;
};

} // namespace hookgate::management
