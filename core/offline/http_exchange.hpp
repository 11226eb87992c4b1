#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::offline {

// One HTTP/1.1 request of a command. Refers to what its owner keeps.
struct HttpRequest {
    std::string url{}; // http or https
    std::string method{"POST"};
    // What belongs to the connection (host, content-length and the like) is left out.
    std::vector<std::pair<std::string_view, std::string_view>> headers{};
    std::string_view body{};
    std::chrono::milliseconds timeout{0};         // for all of it
    std::chrono::milliseconds connect_timeout{0}; // 0: as long as for all of it
    std::size_t answer_bytes_max = 0;             // of the answer's body; the rest is not kept
};

struct HttpAnswer {
    int status = 0;
    std::string body{};
    std::chrono::milliseconds took{0};
};

// Why there is no answer.
struct HttpFailure {
    bool unreachable = false; // nobody took the connection
    std::string why{};
};

// Sends it on a connection of its own, through no proxy, and waits for the answer. Redirects are
// not followed; certificates are checked.
base::Result<HttpAnswer, HttpFailure> exchange(const HttpRequest& request);

} // namespace hookgate::offline
