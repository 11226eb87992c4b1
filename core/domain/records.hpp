#pragma once

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::domain {

using base::BootMs;
using base::UnixMs;
using base::Uuid;

// Where an event stands. It is not stored: it follows from the event's work row
// (core/store/README.md).
enum class EventStatus { Pending, Processing, Processed, Retrying, Failed };

// One event as a provider's webhook brought it, before it is stored.
struct NewEvent {
    Uuid id;
    std::string idempotency_key; // "provider:externalEventId" or "provider:payload:<sha256>"
    std::string external_id;     // may be empty
    std::string type;
    std::string subject;      // may be empty
    std::string ordering_key; // recorded only; may be empty
    std::string payload;      // normalized payload, JSON text whose values are the bytes received
    UnixMs occurred_at = 0;
    bool test = false;   // somebody tries the connection: no business
    bool leased = false; // a place in delivery's memory is reserved: insert it leased, not due
};

// One authentic request with its exact bytes.
struct NewWebhook {
    Uuid id;
    Uuid integration_id;
    std::string provider;
    std::string correlation_id;
    std::string source_ip;
    std::string
        headers; // "name: value\r\n" lines, names in lower case, secret-bearing values redacted
    std::string body; // exact bytes
    base::Sha256 body_sha256{};
    std::string key_id; // which secret matched; may be empty
    UnixMs received_at = 0;
    std::vector<NewEvent> events; // at least one
};

// The names of one lease on one event's work: every write about a delivery names them, and matches
// nothing once somebody else has claimed the event or a replay has begun.
struct WorkRef {
    Uuid event_id;
    std::int32_t generation = 0; // 0: first delivery; +1 each replay
    std::int64_t claim = 0;      // new at every claim and every lease
};

// Everything a delivery needs to know of an event that is leased to this process.
struct WorkItem {
    WorkRef ref;
    Uuid integration_id;
    std::string correlation_id;
    std::string external_id;
    std::string type;
    std::string subject;
    std::string payload;
    UnixMs occurred_at = 0;
    UnixMs received_at = 0;
    bool test = false;
    std::int32_t attempts = 0; // recorded so far, all generations: the next send is attempts + 1
    std::int32_t sends =
        0; // recorded so far in this generation that count against the retry budget
    BootMs lease_expires = 0;
};

// What became of one send.
enum class DeliveryOutcome {
    Delivered, // 2xx
    Retry,     // send again at retry_at
    Failed     // no further send in this generation
};

struct DeliveryResult {
    WorkRef ref;
    Uuid integration_id;
    std::int32_t attempt_no = 0;
    DeliveryOutcome outcome = DeliveryOutcome::Failed;
    std::int32_t http_status = 0; // 0: no answer
    std::string response_body;    // bytes, at most 64 KiB
    std::string error_message;    // empty when delivered
    std::int64_t duration_ms = 0;
    UnixMs started_at = 0;
    UnixMs retry_at = 0; // only for Retry
};

// A line of the audit trail that is a row of its own (what operators and strangers do).
struct AuditEntry {
    Uuid id;
    std::string
        entity_type; // webhook_event, normalized_event, replay_request, integration, plugin, api
    std::string entity_id;
    std::string action;
    std::string actor;
    std::string details_json = "{}";
    UnixMs created_at = 0;
};

struct ReplayCommand {
    Uuid event_id;
    std::string requested_by;
    std::string reason;
    std::string key_name; // which API key asked, for the audit details
};

} // namespace hookgate::domain
