#pragma once

#include "core/base/result.hpp"
#include "core/plugin/check/vectors.hpp"

#include <string>
#include <string_view>

namespace hookgate::explain {

// A request as it was captured: request line, headers, an empty line, and from there on the exact
// bytes of the body. Lines of the head end with CRLF or LF. The error says what is missing.
base::Result<plugin::check::SampleRequest, std::string> parseDump(std::string_view text);

// The lines of a stored webhook's headers.
std::vector<std::pair<std::string, std::string>> parseHeaderLines(std::string_view lines);

// The word behind /webhooks/ in the path; empty: there is none.
std::string providerIn(const plugin::check::SampleRequest& request);

} // namespace hookgate::explain
