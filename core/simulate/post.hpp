#pragma once

#include "core/base/result.hpp"
#include "core/offline/http_exchange.hpp"
#include "core/plugin/check/vectors.hpp"

#include <chrono>
#include <string>

namespace hookgate::simulate {

// Sends the request to an http or https URL; of a long answer the beginning is kept. The error says
// why no answer came, and what to do.
base::Result<offline::HttpAnswer, std::string> post(const std::string& url,
                                                    const plugin::check::SampleRequest& request,
                                                    std::chrono::milliseconds timeout);

} // namespace hookgate::simulate
