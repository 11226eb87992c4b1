#include "core/store/postgresql/event_details.hpp"

#include "core/store/postgresql/attempt_list.hpp"
#include "core/store/postgresql/event_jobs.hpp"
#include "core/store/postgresql/event_rows.hpp"

#include <utility>

namespace hookgate::store::postgresql {
namespace {

WebhookRow readWebhook(Snapshot& snapshot, const EventRow& event) {
    Parameters ids;
    ids.add(event.id).add(event.webhook_id);
    const auto found = snapshot.query(
        "SELECT h.headers, h.body, h.source_ip, h.correlation_id, h.received_at, h.key_id, "
        "e.idempotency_key FROM event e, webhook h WHERE e.id = $1::uuid AND h.id = $2::uuid",
        ids);
    WebhookRow row;
    if (found.rows() == 0) return row;
    row.id = event.webhook_id;
    row.external_id = event.external_id;
    row.headers = found.bytes(0, 0);
    row.body = found.bytes(0, 1);
    row.source_ip = found.bytes(0, 2);
    row.correlation_id = found.bytes(0, 3);
    row.received_at = found.integer(0, 4);
    row.key_id = found.bytes(0, 5);
    if (found.isNull(0, 6))
        row.idempotency_key = event.provider + ':' + event.external_id;
    else
        row.idempotency_key = found.bytes(0, 6);
    return row;
}

} // namespace

std::optional<EventDetails> readEvent(Snapshot& snapshot, const domain::Uuid& id) {
    auto rows = readEventRows(snapshot, {&id, 1});
    if (rows.empty()) return std::nullopt;
    EventDetails details;
    details.webhook = readWebhook(snapshot, rows.front());
    details.attempts = readAttemptsOf(snapshot, id, kAttemptsInDetails);
    details.jobs = readJobs(snapshot, rows.front());
    details.event = std::move(rows.front());
    return details;
}

} // namespace hookgate::store::postgresql
