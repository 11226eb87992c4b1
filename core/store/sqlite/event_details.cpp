#include "core/store/sqlite/event_details.hpp"

#include "core/store/sqlite/attempt_list.hpp"
#include "core/store/sqlite/event_jobs.hpp"
#include "core/store/sqlite/event_rows.hpp"
#include "core/store/sqlite/row_reading.hpp"

namespace hookgate::store::sqlite {
namespace {

WebhookRow readWebhook(const Database& database, std::int64_t event_id, const EventRow& event) {
    Statement select{database,
                     "SELECT h.headers, h.body, h.source_ip, h.correlation_id, h.received_at, "
                     "h.key_id, e.idempotency_key FROM event e JOIN webhook h ON h.id = e.webhook "
                     "WHERE e.id = ?"};
    WebhookRow row;
    if (!select.bind(event_id).step()) return row;
    row.id = event.webhook_id;
    row.external_id = event.external_id;
    row.headers = select.bytes(0);
    row.body = select.bytes(1);
    row.source_ip = select.bytes(2);
    row.correlation_id = select.bytes(3);
    row.received_at = select.integer(4);
    row.key_id = select.bytes(5);
    if (select.isNull(6))
        row.idempotency_key = event.provider + ':' + event.external_id;
    else
        row.idempotency_key = select.bytes(6);
    return row;
}

} // namespace

std::optional<EventDetails> readEvent(const Database& database, const domain::Uuid& id) {
    const auto row_id = findRow(database, "event", id);
    if (!row_id) return std::nullopt;
    auto event = EventRows{database}.read(*row_id);
    if (!event) return std::nullopt;
    EventDetails details;
    details.webhook = readWebhook(database, *row_id, *event);
    details.attempts = readAttemptsOf(database, *row_id, kAttemptsInDetails);
    details.jobs = readJobs(database, *row_id, *event);
    details.event = std::move(*event);
    return details;
}

} // namespace hookgate::store::sqlite
