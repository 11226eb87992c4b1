#pragma once

#include "core/base/result.hpp"
#include "core/plugin/check/vectors.hpp"

#include <chrono>
#include <string>

namespace hookgate::simulate {

struct Reply {
    int status = 0;
    std::string body{}; // its beginning, when it is long
    std::chrono::milliseconds took{0};
};

// Sends the request to an http or https URL with libcurl, on a connection of its own; redirects are
// not followed and certificates are checked. The error says why no answer came.
base::Result<Reply, std::string> post(const std::string& url,
                                      const plugin::check::SampleRequest& request,
                                      std::chrono::milliseconds timeout);

} // namespace hookgate::simulate
