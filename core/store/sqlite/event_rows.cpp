#include "core/store/sqlite/event_rows.hpp"

#include "core/store/event_jobs.hpp"
#include "core/store/sqlite/row_reading.hpp"

#include <algorithm>

namespace hookgate::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT e.id, e.rest, h.id, h.rest, i.id, i.provider, e.external_id, e.type, e.subject, "
    "e.payload, e.occurred_at, h.received_at, w.state, w.sends + w.unknown, w.generation, "
    "w.started_at, e.test, a.id, a.attempt_no, a.error "
    "FROM event e JOIN webhook h ON h.id = e.webhook JOIN integration i ON i.no = e.integration "
    "LEFT JOIN work w ON w.event = e.id "
    "LEFT JOIN attempt a ON a.id = (SELECT id FROM attempt INDEXED BY attempt_event "
    "WHERE event = e.id ORDER BY attempt_no DESC LIMIT 1) WHERE e.id = ?";

// The columns of that, in order.
struct Column {
    enum : int {
        Id,
        Rest,
        WebhookId,
        WebhookRest,
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

} // namespace

EventRows::EventRows(const Database& database) : select_{database, kSelect} {}

std::optional<EventRow> EventRows::read(std::int64_t event_id) {
    const Use found{select_};
    if (!found->bind(event_id).step()) return std::nullopt;
    EventRow row;
    row.id = RowId{found->integer(Column::Id), found->integer(Column::Rest)}.uuid();
    row.webhook_id =
        RowId{found->integer(Column::WebhookId), found->integer(Column::WebhookRest)}.uuid();
    row.integration_id = uuidOf(found->bytes(Column::IntegrationId));
    row.provider = found->bytes(Column::Provider);
    row.external_id = found->bytes(Column::ExternalId);
    row.type = found->bytes(Column::Type);
    row.subject = found->bytes(Column::Subject);
    row.payload = found->bytes(Column::Payload);
    row.occurred_at = found->integer(Column::OccurredAt);
    row.received_at = found->integer(Column::ReceivedAt);
    row.test = found->integer(Column::Test) != 0;
    row.created_at = timeOf(event_id);
    row.updated_at = row.created_at;
    row.status = domain::EventStatus::Processed;
    if (!found->isNull(Column::WorkState)) {
        row.status = statusOf(found->integer(Column::WorkState), found->integer(Column::Tries));
        // A replay is a change even before its first send.
        if (found->integer(Column::Generation) > 0)
            row.updated_at = std::max(row.updated_at, found->integer(Column::StartedAt));
    }
    if (!found->isNull(Column::AttemptId)) {
        row.processing_attempts = static_cast<std::int32_t>(found->integer(Column::AttemptNo));
        row.last_error = found->bytes(Column::Error);
        row.last_processed_at = timeOf(found->integer(Column::AttemptId));
        row.updated_at = std::max(row.updated_at, row.last_processed_at);
    }
    return row;
}

} // namespace hookgate::store::sqlite
