#pragma once

#include "core/http/message.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::http {

// Who may use a route. It hangs on the matched route, so that no spelling of a path gets around it.
enum class Access { Public, Key };

struct Route {
    // "GET", "POST"; "*" leaves the method to the handler. HEAD follows GET, OPTIONS is answered
    // here.
    std::string method;
    // "/api/v1/events/:id/status"; a ":name" matches one segment that is not empty.
    std::string pattern;
    Access access = Access::Key;
    Handler* handler = nullptr;                      // outlives the router
    std::chrono::milliseconds reply_timeout{10'000}; // after it the loop answers 503 itself
};

// Decides about keys. Safe to call from any I/O thread; does not block.
class Authorizer {
public:
    virtual ~Authorizer() = default;
    virtual bool authorized(const Request& request) noexcept = 0;
};

// A table of routes, fixed before the server starts; then safe to read from any thread.
class Router {
public:
    void add(Route route);

    struct Match {
        const Route* route = nullptr; // null: see `allow`
        std::string allow;            // "GET, HEAD, OPTIONS" when the path is known; empty: 404
        std::vector<std::pair<std::string_view, std::string>> parameters;
    };

    // `path` is decoded and normalised (normalizePath).
    Match match(std::string_view method, std::string_view path) const;

private:
    std::string allowedMethods(std::string_view path) const;

    std::vector<Route> routes_;
};

// Decodes a request path exactly once and takes it as it is otherwise: nullopt (400) for broken
// escapes, control bytes, an encoded slash, backslashes, empty, "." and ".." segments or invalid
// UTF-8, so that two spellings never mean the same route. A trailing slash is kept and matches
// nothing.
std::optional<std::string> normalizePath(std::string_view raw_path);

// The decoded `name=value` pairs of a query, in order; nullopt for broken escapes, control bytes or
// invalid UTF-8. A plus is a space.
std::optional<std::vector<std::pair<std::string, std::string>>> parseQuery(std::string_view query);

} // namespace hookgate::http
