#pragma once

#include "core/http/message.hpp"

namespace hookgate::management {

// POST /internal/delivery-sink/:provider: a callback for trying the gateway out, never in
// production. Takes anything with 202; answers 500 when the body, or the object in it that carries
// the event, says "simulateFailure": true. Does not block.
http::Reply deliverySinkReply(const http::Request& request);

} // namespace hookgate::management
