#pragma once

#include "core/base/log.hpp"
#include "core/http/message.hpp"
#include "core/store/event_store.hpp"

#include <functional>
#include <string>

namespace hookgate::management {

// POST /events/:id/replay: delivers an event again, whatever became of it. Blocks on the database;
// any number of threads at once.
class Replay {
public:
    // `requested` is told of every replay that is due now; may be empty.
    Replay(store::EventStore& store, base::Log& log, std::string key_name,
           std::function<void()> requested)
        : store_{store},
          log_{log},
          key_name_{std::move(key_name)},
          requested_{std::move(requested)} {}

    http::Reply request(const http::Request& request) const;

private:
    store::EventStore& store_;
    base::Log& log_;
    const std::string key_name_;
    const std::function<void()> requested_;
};

} // namespace hookgate::management
