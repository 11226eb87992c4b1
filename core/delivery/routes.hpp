#pragma once

#include "core/base/uuid.hpp"
#include "core/delivery/callback_url.hpp"
#include "core/plugin/directory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <curl/curl.h>

namespace hookgate::delivery {

// The addresses a host stands for, in the form libcurl takes: it resolves nothing itself.
class PinnedHost {
public:
    PinnedHost(const CallbackUrl& url, const std::vector<base::IpAddress>& addresses);
    PinnedHost(const PinnedHost&) = delete;
    PinnedHost& operator=(const PinnedHost&) = delete;

    // libcurl only reads it.
    curl_slist* entry() const noexcept { return &node_; }

private:
    std::string text_;
    mutable curl_slist node_;
};

// What the send loop knows of one integration.
struct Route {
    std::shared_ptr<const plugin::ActiveIntegration> integration;
    CallbackUrl url;
    std::string_view url_error; // empty: the URL may be used
    bool formats = true;        // until the provider has said that it does not
    std::shared_ptr<const PinnedHost> pinned;
    std::uint64_t pinned_version = 0; // of the host cache's entry
};

// The routes of a directory snapshot, made as they are needed. Belongs to the send loop's thread.
class Routes {
public:
    explicit Routes(const plugin::Directory& directory) : directory_{directory} {}

    // Takes up what has changed; routes found before stay as they were.
    void refresh();

    // Null: the integration has gone, is inactive, or cannot deliver now.
    std::shared_ptr<Route> find(const base::Uuid& integration_id);

private:
    const plugin::Directory& directory_;
    std::shared_ptr<const plugin::Directory::Snapshot> snapshot_;
    std::unordered_map<base::Uuid, std::shared_ptr<Route>> routes_;
};

} // namespace hookgate::delivery
