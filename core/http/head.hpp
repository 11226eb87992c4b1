#pragma once

#include "core/http/message.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace hookgate::http {

// Why a request is refused before it is routed. `reason` is a metric label, `message` goes to the
// sender.
struct HeadError {
    ErrorCode code = ErrorCode::Validation;
    std::string_view reason = "bad_framing";
    std::string_view message;
};

// What the head says about the rest of the connection.
struct HeadInfo {
    bool keep_alive = true;
    bool chunked = false;
    bool expects_continue = false;
    std::size_t content_length = 0; // 0 with chunked
};

struct HeadLimits {
    std::size_t header_count_max = 100;
    std::size_t target_bytes_max = 8192;
    std::size_t body_bytes_max = 1024UL * 1024;
};

// Reads `request.head_bytes`, one complete head from its request line to its empty line, more
// strictly than RFC 9112 asks for: whatever this parser and one in front of the gateway could
// understand differently is an error. Header names become lower
// case in place. Fills method, target, query, host and headers; not path.
std::optional<HeadError> readHead(Request& request, const HeadLimits& limits, HeadInfo& info);

// What may be wrong with `trailers`, the lines behind the last chunk with their empty line.
std::optional<HeadError> checkTrailers(std::string_view trailers, const HeadLimits& limits);

} // namespace hookgate::http
