#include "core/store/postgresql/event_rows.hpp"

#include "core/store/event_jobs.hpp"

#include <algorithm>

namespace hookgate::store::postgresql {
namespace {

// The ids name the partitions of the events, and these those of webhooks and attempts.
constexpr const char* kSelect =
    "SELECT e.id, e.webhook, i.id, convert_to(i.provider, 'UTF8'), e.external_id, e.type, "
    "e.subject, e.payload, e.occurred_at, h.received_at, w.state, w.sends + w.unknown, "
    "w.generation, w.started_at, e.test, a.id, a.attempt_no, a.error "
    "FROM event e JOIN webhook h ON h.id = e.webhook JOIN integration i ON i.no = e.integration "
    "LEFT JOIN work w ON w.event = e.id "
    "LEFT JOIN LATERAL (SELECT id, attempt_no, error FROM attempt WHERE event = e.id "
    "ORDER BY attempt_no DESC LIMIT 1) a ON true WHERE e.id = ANY($1)";

// The columns of that, in order.
struct Column {
    enum : int {
        Id,
        WebhookId,
        IntegrationId,
        Provider,
        ExternalId,
        Type,
        Subject,
        Payload,
        OccurredAt,
        ReceivedAt,
        WorkState,
        Tries,
        Generation,
        StartedAt,
        Test,
        AttemptId,
        AttemptNo,
        Error
    };
};

EventRow rowOf(const Result& found, int i) {
    EventRow row;
    row.id = found.uuid(i, Column::Id);
    row.webhook_id = found.uuid(i, Column::WebhookId);
    row.integration_id = found.uuid(i, Column::IntegrationId);
    row.provider = found.bytes(i, Column::Provider);
    row.external_id = found.bytes(i, Column::ExternalId);
    row.type = found.bytes(i, Column::Type);
    row.subject = found.bytes(i, Column::Subject);
    row.payload = found.bytes(i, Column::Payload);
    row.occurred_at = found.integer(i, Column::OccurredAt);
    row.received_at = found.integer(i, Column::ReceivedAt);
    row.test = found.boolean(i, Column::Test);
    row.created_at = timeOf(row.id);
    row.updated_at = row.created_at;
    row.status = domain::EventStatus::Processed;
    if (!found.isNull(i, Column::WorkState)) {
        row.status = statusOf(found.integer(i, Column::WorkState), found.integer(i, Column::Tries));
        // A replay is a change even before its first send.
        if (found.integer(i, Column::Generation) > 0)
            row.updated_at = std::max(row.updated_at, found.integer(i, Column::StartedAt));
    }
    if (!found.isNull(i, Column::AttemptId)) {
        row.processing_attempts = static_cast<std::int32_t>(found.integer(i, Column::AttemptNo));
        row.last_error = found.bytes(i, Column::Error);
        row.last_processed_at = timeOf(found.uuid(i, Column::AttemptId));
        row.updated_at = std::max(row.updated_at, row.last_processed_at);
    }
    return row;
}

} // namespace

std::vector<EventRow> readEventRows(Snapshot& snapshot, std::span<const domain::Uuid> ids) {
    std::vector<EventRow> rows;
    if (ids.empty()) return rows;
    Array wanted{Type::Uuid};
    for (const auto& id : ids)
        wanted.add(id);
    Parameters parameters;
    parameters.add(std::move(wanted));
    const auto found = snapshot.query(kSelect, parameters);
    for (int i = 0; i < found.rows(); ++i)
        rows.push_back(rowOf(found, i));

    const auto place = [ids](const EventRow& row) {
        return std::find(ids.begin(), ids.end(), row.id) - ids.begin();
    };
    std::sort(rows.begin(), rows.end(),
              [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return rows;
}

} // namespace hookgate::store::postgresql
