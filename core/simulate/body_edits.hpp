#pragma once

#include "core/base/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace hookgate::simulate {

// The body with each `pointer=value` in its place: a JSON pointer (RFC 6901) and a JSON value, or a
// text that is none and so a string. In a form the pointer is a slash and a field's name. The error
// names the edit that cannot be made.
base::Result<std::string, std::string> edited(const std::string& body,
                                              std::string_view content_type,
                                              std::span<const std::string> edits);

} // namespace hookgate::simulate
