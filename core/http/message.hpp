#pragma once

#include "core/base/clock.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::http {

struct Header {
    std::string_view name;  // lower case
    std::string_view value; // without the white space around it
};

// A complete, strictly parsed request. Owns its bytes; the views point into them, so that it is
// passed by unique_ptr and never copied.
class Request {
public:
    Request() = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    std::string method;
    std::string target;           // as sent: path and query; "*" with OPTIONS
    std::string path;             // decoded once and normalised: what the router matched
    std::string query;            // undecoded, without '?'
    std::string host;             // value of the Host header
    std::vector<Header> headers;  // wire order, duplicates kept
    std::string body;             // exact bytes
    std::string peer_address;     // numeric address of the TCP peer, without port
    base::UnixMs received_at = 0; // when the head was complete
    std::vector<std::pair<std::string_view, std::string>> parameters; // ":name" parts of the route
    std::string head_bytes;                                           // what `headers` points into

    // First value, empty when absent. `name` in lower case.
    std::string_view header(std::string_view name) const noexcept {
        for (const auto& header : headers)
            if (header.name == name) return header.value;
        return {};
    }

    std::string_view parameter(std::string_view name) const noexcept {
        for (const auto& [key, value] : parameters)
            if (key == name) return value;
        return {};
    }
};

struct Reply {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>>
        headers; // beside Content-Type, Content-Length, Date, Connection
    bool close = false;
};

// {"success":false,"error":{"code","message","details"}}, with the status that belongs to the code.
// `retry_after_s` above 0 adds Retry-After. `details_json` is a JSON value.
enum class ErrorCode {
    Validation,           // 400 VALIDATION_ERROR
    Unauthorized,         // 401 UNAUTHORIZED
    NotFound,             // 404 NOT_FOUND
    MethodNotAllowed,     // 405 METHOD_NOT_ALLOWED
    RequestTimeout,       // 408 VALIDATION_ERROR
    Conflict,             // 409 CONFLICT
    PayloadTooLarge,      // 413 PAYLOAD_TOO_LARGE
    UriTooLong,           // 414 VALIDATION_ERROR
    UnsupportedMediaType, // 415 UNSUPPORTED_MEDIA_TYPE
    RateLimited,          // 429 RATE_LIMITED
    HeadersTooLarge,      // 431 VALIDATION_ERROR
    Internal,             // 500 INTERNAL_SERVER_ERROR
    DependencyUnavailable // 503 DEPENDENCY_UNAVAILABLE
};
Reply errorReply(ErrorCode code, std::string_view message, int retry_after_s = 0,
                 std::string_view details_json = {});

// {"success":true,"data":...} and, when there is one, "meta". Both are JSON values.
Reply dataReply(int status, std::string_view data_json, std::string_view meta_json = {});

// Where a reply goes; implemented by the connection's I/O loop.
class ReplySink {
public:
    virtual ~ReplySink() = default;
    // Safe to call from any thread. `ticket` names the connection and the request.
    virtual void deliver(std::uint64_t ticket, Reply reply) noexcept = 0;
};

// The one chance to answer a request, from any thread. Dropped unused it answers 500, so that no
// request is left hanging; a reply after the route's deadline is dropped by the loop, which has
// answered 503 itself.
class Completion {
public:
    Completion() = default;

    Completion(std::shared_ptr<ReplySink> sink, std::uint64_t ticket)
        : sink_{std::move(sink)},
          ticket_{ticket} {}

    Completion(Completion&& other) noexcept
        : sink_{std::move(other.sink_)},
          ticket_{other.ticket_} {}

    Completion& operator=(Completion&& other) noexcept {
        std::swap(sink_, other.sink_);
        std::swap(ticket_, other.ticket_);
        return *this;
    }

    Completion(const Completion&) = delete;
    Completion& operator=(const Completion&) = delete;
    ~Completion();

    // REQUIRES: not called before.
    void reply(Reply reply) noexcept;

private:
    std::shared_ptr<ReplySink> sink_;
    std::uint64_t ticket_ = 0;
};

// What a route does. handle() runs on an I/O thread: it must not block, call a plugin or a
// database, but hand the request on. Any number of threads at once.
class Handler {
public:
    virtual ~Handler() = default;
    virtual void handle(std::unique_ptr<Request> request, Completion completion) = 0;
};

} // namespace hookgate::http
