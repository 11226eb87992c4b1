#include "core/management/health.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/time_text.hpp"

#include <string_view>

namespace hookgate::management {
namespace {

constexpr int kRetryAfterS = 5;

void write(base::JsonWriter& json, std::string_view name, const HealthCheck& check) {
    json.key(name).beginObject().key("status").string(check.ok ? "ok" : "degraded");
    if (!check.detail.empty()) json.key("detail").string(check.detail);
    json.endObject();
}

} // namespace

http::Reply healthReply(const HealthReport& report, base::UnixMs now) {
    const bool ok = report.refusing.empty() && report.database.ok && report.coordination.ok &&
                    report.plugins.ok && report.queue.ok;
    base::JsonWriter json;
    json.beginObject().key("status").string(ok ? "ok" : "degraded");
    json.key("timestamp").string(base::toRfc3339(now)).key("checks").beginObject();
    write(json, "database", report.database);
    write(json, "coordination", report.coordination);
    write(json, "plugins", report.plugins);
    write(json, "queue", report.queue);
    json.endObject().endObject();
    auto reply = report.refusing.empty()
                     ? http::dataReply(200, json.text())
                     : http::errorReply(http::ErrorCode::DependencyUnavailable, report.refusing,
                                        kRetryAfterS, json.text());
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

} // namespace hookgate::management
