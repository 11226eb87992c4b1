#pragma once

#include "core/http/message.hpp"
#include "core/store/event_queries.hpp"

namespace hookgate::management {

// Events as they stand. Block on the database; any number of threads at once.
class Events {
public:
    explicit Events(store::EventQueries& queries) : queries_{queries} {}

    // GET /events
    http::Reply list(const http::Request& request) const;
    // GET /events/:id
    http::Reply show(const http::Request& request) const;
    // GET /events/:id/status and GET /processing-status/:id
    http::Reply status(const http::Request& request) const;

private:
    template <class Write>
    http::Reply withEvent(const http::Request& request, Write write) const;

    store::EventQueries& queries_;
};

} // namespace hookgate::management
