#pragma once

#include "core/domain/records.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hookgate::store {

// A query ran longer than its limit: the caller asks for a narrower filter.
class QueryTimeout : public std::runtime_error {
public:
    QueryTimeout() : std::runtime_error{"query took too long"} {}
};

struct PageRequest {
    std::int64_t page = 1;       // from 1
    std::int64_t page_size = 20; // 1 to 100
};

template <class T>
struct Page {
    std::vector<T> items;
    std::int64_t total = 0;
};

// Creation and receipt are one order, that of the ids. By status: pending, processing, processed,
// retrying, failed. What is equal stands in order of the ids, in the same direction.
enum class EventSort { CreatedAt, OccurredAt, Status, ReceivedAt };

struct EventFilter {
    std::optional<std::string> provider;
    std::optional<domain::EventStatus> status;
    std::optional<std::string> event_type;
    std::optional<std::string> subject; // a literal part of it, case-insensitive for ASCII
    std::optional<domain::UnixMs> from; // on occurred_at, inclusive
    std::optional<domain::UnixMs> to;   // on occurred_at, inclusive
    std::optional<bool> test;
    EventSort sort_by = EventSort::ReceivedAt;
    bool ascending = false;
};

struct EventRow {
    domain::Uuid id;
    domain::Uuid webhook_id;
    domain::Uuid integration_id;
    std::string provider;
    std::string external_id;
    std::string type;
    std::string subject;
    std::string payload; // JSON text
    bool test = false;   // somebody tried the connection
    domain::EventStatus status = domain::EventStatus::Pending;
    std::int32_t processing_attempts = 0;
    std::string last_error;
    domain::UnixMs occurred_at = 0;
    domain::UnixMs last_processed_at = 0; // 0: never
    domain::UnixMs created_at = 0;
    domain::UnixMs updated_at = 0;
    domain::UnixMs received_at = 0;
};

struct WebhookRow {
    domain::Uuid id;
    std::string external_id;
    std::string idempotency_key;
    std::string headers; // "name: value\r\n" lines
    std::string body;    // exact bytes
    std::string source_ip;
    std::string key_id; // which secret proved it; empty: one without an id
    std::string correlation_id;
    domain::UnixMs received_at = 0;
};

struct AttemptRow {
    domain::Uuid id;
    domain::Uuid event_id;
    domain::Uuid integration_id;
    std::int32_t attempt_no = 0;
    bool success = false;
    std::int32_t http_status = 0; // 0: no answer
    std::string response_body;    // bytes
    std::string error_message;
    std::int64_t duration_ms = 0;
    domain::UnixMs created_at = 0;
};

// One generation of work on an event.
struct JobRow {
    domain::Uuid id;
    bool replay = false;
    domain::EventStatus status = domain::EventStatus::Pending;
    std::int32_t attempts = 0;
    domain::UnixMs created_at = 0;
    domain::UnixMs finished_at = 0; // 0: not finished
};

// Of an event that was replayed over and over, its details hold the latest attempts only;
// attempts() has them all.
constexpr std::int64_t kAttemptsInDetails = 200;

struct EventDetails {
    EventRow event;
    WebhookRow webhook;
    std::vector<AttemptRow> attempts; // rising attempt_no
    std::vector<JobRow> jobs;         // rising generation, never empty
};

struct AttemptFilter {
    std::optional<bool> success;
    std::optional<domain::Uuid> event_id;
};

struct AuditFilter {
    std::optional<std::string> entity_type;
    std::optional<std::string> entity_id;
    std::optional<std::string> action;
};

// What the management API reads, on connections of its own: it never holds up the EventStore.
// Newest first unless a filter says otherwise; pages are stable while rows are added only by their
// order. Blocks; throws QueryTimeout or StoreError. Safe to call from any thread.
class EventQueries {
public:
    virtual ~EventQueries() = default;
    virtual Page<EventRow> events(const EventFilter& filter, PageRequest page) = 0;
    virtual std::optional<EventDetails> event(const domain::Uuid& id) = 0;
    virtual Page<AttemptRow> attempts(const AttemptFilter& filter, PageRequest page) = 0;

    // The rows of the audit table and, as a view with stable derived ids, what follows from
    // webhook, event and attempt rows (webhook.received, event.normalized, event.queued,
    // event.processed, event.retry_scheduled, event.failed).
    virtual Page<domain::AuditEntry> auditEntries(const AuditFilter& filter, PageRequest page) = 0;
};

} // namespace hookgate::store
