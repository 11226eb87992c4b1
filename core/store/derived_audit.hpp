#pragma once

#include "core/domain/records.hpp"

#include <cstdint>
#include <string_view>

namespace hookgate::store {

// Where an entry of the audit trail comes from. The numbers order what happened in one moment,
// latest first.
enum class AuditSource : std::int64_t { Audit = 0, Attempt, Queued, Normalized, Webhook };

// What follows from rows that are stored for other reasons, as entries of the trail. The id of such
// an entry is always the same.

struct AttemptFacts {
    domain::Uuid id;
    domain::Uuid event;
    std::int64_t outcome = 0; // 1 delivered, 2 retry, 3 failed
    std::int64_t attempt_no = 0;
    std::int64_t http_status = 0;
    std::int64_t duration_ms = 0;
    std::string_view error;
};

struct EventFacts {
    domain::Uuid id;
    domain::Uuid webhook;
    std::string_view provider;
    std::string_view correlation_id;
    std::string_view type;
};

struct WebhookFacts {
    domain::Uuid id;
    std::string_view provider;
    std::string_view correlation_id;
    std::string_view source_ip;
    std::int64_t event_count = 0;
};

domain::AuditEntry entryOf(const AttemptFacts& attempt);
domain::AuditEntry entryOf(const EventFacts& event, bool queued);
domain::AuditEntry entryOf(const WebhookFacts& webhook);

} // namespace hookgate::store
