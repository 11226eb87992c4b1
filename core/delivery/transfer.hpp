#pragma once

#include "core/base/clock.hpp"
#include "core/delivery/answer.hpp"
#include "core/delivery/destination_policy.hpp"
#include "core/delivery/request_headers.hpp"
#include "core/delivery/routes.hpp"
#include "core/delivery/socket_watch.hpp"
#include "core/delivery/waiting_room.hpp"
#include "core/plugin/provider.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <curl/curl.h>

namespace hookgate::delivery {

// One event on its way to its callback, with the libcurl handle that carries it. Made once and used
// for one send after the other. Belongs to one thread at a time: the send loop's, or the
// formatter's while it is there.
class Transfer {
public:
    struct Settings {
        std::chrono::milliseconds timeout{15'000};
        std::size_t response_bytes_max = std::size_t{64} * 1024;
        const DestinationPolicy& policy;
        const base::Clock& clock;
        SocketWatch& watch; // told about every socket that is closed; outlives every handle
    };

    explicit Transfer(const Settings& settings); // throws std::bad_alloc
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    // What is sent.
    Waiting waiting;
    std::shared_ptr<Route> route;
    std::optional<plugin::Outbound> formatted;
    std::optional<plugin::CallError> format_failure;

    // What is recorded about the send; set by begin().
    std::int32_t attempt_no = 0;
    base::UnixMs started_at = 0;
    base::BootMs started_boot = 0;

    std::size_t slot = 0; // of the engine while it is in flight

    // Takes the attempt number and gets the handle ready to be added to a multi handle.
    void begin();

    CURL* handle() const noexcept { return easy_; }

    // Whether any part of the request may have left.
    bool requestBegun() const noexcept { return requests_begun_ > 0; }

    // REQUIRES: the handle has ended with `code`.
    Answer answer(CURLcode code) const;

    std::string takeResponseBody() noexcept { return std::move(body_); }

    // Lets go of everything that belongs to the last send.
    void reset() noexcept;

private:
    static std::size_t onBody(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t onHeader(char* data, std::size_t size, std::size_t count, void* self);
    static int onRequest(void* self, char*, char*, int, int);
    static curl_socket_t onOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int onCloseSocket(void* watch, curl_socket_t socket);

    void configure();
    bool acceptHeader(std::string_view line);

    const Settings settings_;
    CURL* easy_ = nullptr;
    RequestHeaders headers_;
    std::string url_; // what the handle is set to
    std::shared_ptr<const PinnedHost> pinned_;

    int requests_begun_ = 0;
    int status_ = 0; // of the final header, once it is complete
    std::size_t header_bytes_ = 0;
    std::string body_;
    std::optional<std::chrono::milliseconds> retry_after_;
    bool address_forbidden_ = false;
    bool resend_prevented_ = false;
    bool headers_too_large_ = false;
};

} // namespace hookgate::delivery
