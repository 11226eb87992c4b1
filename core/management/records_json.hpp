#pragma once

#include "core/base/json_writer.hpp"
#include "core/domain/records.hpp"
#include "core/store/event_queries.hpp"

#include <string_view>
#include <vector>

namespace hookgate::management {

// How stored records look in answers: times as RFC 3339, what is absent as null, JSON as it was
// stored, byte for byte. Bytes that are no UTF-8 are shown in base64, and a field of the same name
// with "Encoding" says so.
void writeEvent(base::JsonWriter& json, const store::EventRow& event);
void writeWebhook(base::JsonWriter& json, const store::WebhookRow& webhook);
void writeAttempt(base::JsonWriter& json, const store::AttemptRow& attempt);
void writeJobs(base::JsonWriter& json, const std::vector<store::JobRow>& jobs);
void writeAuditEntry(base::JsonWriter& json, const domain::AuditEntry& entry);

// "name: value\r\n" lines as an object; a name that came several times has an array of its values.
void writeHeaders(base::JsonWriter& json, std::string_view lines);

// null when `time` is 0: it has not happened.
void writeTime(base::JsonWriter& json, std::string_view name, domain::UnixMs time);

} // namespace hookgate::management
