#pragma once

#include "core/base/clock.hpp"
#include "core/http/message.hpp"

#include <string>

namespace hookgate::management {

struct HealthCheck {
    bool ok = true;
    std::string detail; // a fixed phrase: strangers read it
};

// What the gateway knows of its own state.
struct HealthReport {
    HealthCheck database;
    HealthCheck coordination;
    HealthCheck plugins;
    HealthCheck queue;
    std::string refusing; // why no webhook is taken now, a fixed phrase; empty: they are taken
};

// 200 with "ok" or "degraded", or 503 while webhooks are refused.
http::Reply healthReply(const HealthReport& report, base::UnixMs now);

} // namespace hookgate::management
