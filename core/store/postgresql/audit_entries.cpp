#include "core/store/postgresql/audit_entries.hpp"

#include <map>
#include <string>
#include <unordered_map>

namespace hookgate::store::postgresql {
namespace {

using domain::AuditEntry;

constexpr const char* kStored =
    "SELECT id, convert_to(entity_type, 'UTF8'), entity_id, convert_to(action, 'UTF8'), actor, "
    "details, created_at FROM audit WHERE id = ANY($1)";
// The event of an attempt names its partition; its own id does not.
constexpr const char* kAttempt =
    "SELECT id, event, outcome, attempt_no, http_status, duration_ms, error FROM attempt "
    "WHERE id = ANY($1)";
constexpr const char* kEvent =
    "SELECT e.id, e.webhook, convert_to(i.provider, 'UTF8'), h.correlation_id, e.type "
    "FROM event e JOIN webhook h ON h.id = e.webhook JOIN integration i ON i.no = e.integration "
    "WHERE e.id = ANY($1)";
constexpr const char* kWebhook =
    "SELECT h.id, convert_to(i.provider, 'UTF8'), h.correlation_id, h.source_ip, h.event_count "
    "FROM webhook h JOIN integration i ON i.no = h.integration WHERE h.id = ANY($1)";

const char* selectOf(AuditSource source) noexcept {
    switch (source) {
        case AuditSource::Audit:
            return kStored;
        case AuditSource::Attempt:
            return kAttempt;
        case AuditSource::Webhook:
            return kWebhook;
        case AuditSource::Queued:
        case AuditSource::Normalized:
            break;
    }
    return kEvent;
}

AuditEntry storedEntry(const Result& found, int i) {
    AuditEntry entry;
    entry.id = found.uuid(i, 0);
    entry.entity_type = found.bytes(i, 1);
    entry.entity_id = found.bytes(i, 2);
    entry.action = found.bytes(i, 3);
    entry.actor = found.bytes(i, 4);
    entry.details_json = found.bytes(i, 5);
    entry.created_at = found.integer(i, 6);
    return entry;
}

AuditEntry entryAt(AuditSource source, const Result& found, int i) {
    switch (source) {
        case AuditSource::Audit:
            return storedEntry(found, i);
        case AuditSource::Attempt:
            return entryOf(AttemptFacts{.id = found.uuid(i, 0),
                                        .event = found.uuid(i, 1),
                                        .outcome = found.integer(i, 2),
                                        .attempt_no = found.integer(i, 3),
                                        .http_status = found.integer(i, 4),
                                        .duration_ms = found.integer(i, 5),
                                        .error = found.bytes(i, 6)});
        case AuditSource::Webhook:
            return entryOf(WebhookFacts{.id = found.uuid(i, 0),
                                        .provider = found.bytes(i, 1),
                                        .correlation_id = found.bytes(i, 2),
                                        .source_ip = found.bytes(i, 3),
                                        .event_count = found.integer(i, 4)});
        case AuditSource::Queued:
        case AuditSource::Normalized:
            break;
    }
    return entryOf(EventFacts{.id = found.uuid(i, 0),
                              .webhook = found.uuid(i, 1),
                              .provider = found.bytes(i, 2),
                              .correlation_id = found.bytes(i, 3),
                              .type = found.bytes(i, 4)},
                   source == AuditSource::Queued);
}

} // namespace

std::vector<AuditEntry> readAuditEntries(Snapshot& snapshot, std::span<const AuditPlace> places) {
    std::map<AuditSource, Array> wanted;
    for (const auto& [source, id] : places)
        wanted.try_emplace(source, Type::Uuid).first->second.add(id);

    std::map<AuditSource, std::unordered_map<domain::Uuid, AuditEntry>> read;
    for (auto& [source, ids] : wanted) {
        Parameters parameters;
        parameters.add(std::move(ids));
        const auto found = snapshot.query(selectOf(source), parameters);
        for (int i = 0; i < found.rows(); ++i)
            read[source].emplace(found.uuid(i, 0), entryAt(source, found, i));
    }

    std::vector<AuditEntry> entries;
    entries.reserve(places.size());
    for (const auto& [source, id] : places) {
        auto& of_source = read[source];
        if (const auto entry = of_source.find(id); entry != of_source.end())
            entries.push_back(std::move(entry->second));
    }
    return entries;
}

} // namespace hookgate::store::postgresql
