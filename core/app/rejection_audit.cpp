#include "core/app/rejection_audit.hpp"

#include "core/base/json_writer.hpp"

namespace hookgate::app {
namespace {

constexpr std::size_t kPathBytesMax = 256;

// How many were not written since the last entry, so that the counts of the trail add up.
void addLeftOut(base::JsonWriter& details, std::uint64_t left_out) {
    if (left_out > 0) details.key("leftOut").integer(static_cast<std::int64_t>(left_out));
    details.endObject();
}

} // namespace

RejectionAudit::RejectionAudit(store::EventStore& store, observability::Metrics& metrics,
                               base::Log& log, const base::Clock& clock)
    : metrics_{metrics},
      log_{log},
      sampler_{[&store](domain::AuditEntry entry) { store.audit(std::move(entry)); }, clock} {}

bool RejectionAudit::refused(const pipeline::Received& received, const pipeline::Refusal& refusal) {
    return sampler_.offer([&](std::uint64_t left_out) {
        base::JsonWriter details;
        details.beginObject().key("reason").string(refusal.reason);
        details.key("clientIp").string(received.client_ip);
        addLeftOut(details, left_out);
        domain::AuditEntry entry;
        entry.entity_type = "webhook_event";
        entry.entity_id = received.correlation_id;
        entry.action = "webhook.rejected";
        entry.actor = refusal.provider.empty() ? "system" : "provider:" + refusal.provider;
        entry.details_json = std::move(details).take();
        return entry;
    });
}

void RejectionAudit::unauthorized(const http::Request& request, std::string_view reason) {
    metrics_.authFailure();
    const auto path = std::string_view{request.path}.substr(0, kPathBytesMax);
    const bool sampled = sampler_.offer([&](std::uint64_t left_out) {
        base::JsonWriter details;
        details.beginObject().key("reason").string(reason).key("method").string(request.method);
        details.key("path").string(path);
        addLeftOut(details, left_out);
        domain::AuditEntry entry;
        entry.entity_type = "api";
        entry.entity_id = request.peer_address;
        entry.action = "auth.failed";
        entry.actor = "system";
        entry.details_json = std::move(details).take();
        return entry;
    });
    if (sampled)
        log_.warning("management request without a valid key",
                     {{"reason", reason}, {"peer", request.peer_address}, {"path", path}});
}

} // namespace hookgate::app
