#pragma once

#include "core/http/message.hpp"
#include "core/plugin/directory.hpp"
#include "core/store/event_store.hpp"

#include <string>
#include <string_view>

namespace hookgate::management {

// GET /integrations: which providers this installation listens to and where their events go; never
// a secret. Blocks on the database; any number of threads at once.
class Integrations {
public:
    Integrations(store::EventStore& store, const plugin::Directory& directory)
        : store_{store},
          directory_{directory} {}

    http::Reply list(const http::Request& request) const;

private:
    store::EventStore& store_;
    const plugin::Directory& directory_;
};

// The URL with the user and password in it, if any, replaced by "***".
std::string withoutCredentials(std::string_view url);

} // namespace hookgate::management
