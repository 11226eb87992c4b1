#pragma once

#include "core/http/message.hpp"

#include <string>
#include <string_view>

namespace hookgate::http {

// Appends the bytes of a response (RFC 9112). `date` is the value of Date. Headers
// that would split the response, or say again what Reply says in a field of its own, are left out.
// `head_only`: an answer to HEAD.
void appendResponse(std::string& out, const Reply& reply, std::string_view date, bool keep_alive,
                    bool head_only);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string httpDate(base::UnixMs time);

} // namespace hookgate::http
