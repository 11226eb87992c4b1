#include "core/management/events.hpp"

#include "core/domain/event_status.hpp"
#include "core/management/page_reply.hpp"
#include "core/management/query_parameters.hpp"
#include "core/management/records_json.hpp"

#include <array>

namespace hookgate::management {
namespace {

using domain::EventStatus;
using store::EventSort;

// In the order of their names in readFilter().
constexpr std::array kStatuses{EventStatus::Pending, EventStatus::Processing,
                               EventStatus::Processed, EventStatus::Retrying, EventStatus::Failed};
constexpr std::array kSorts{EventSort::CreatedAt, EventSort::OccurredAt, EventSort::Status,
                            EventSort::ReceivedAt};

store::EventFilter readFilter(QueryParameters& query) {
    store::EventFilter filter;
    filter.provider = query.text("provider");
    if (const auto status =
            query.choice("status", {"pending", "processing", "processed", "retrying", "failed"}))
        filter.status = kStatuses.at(*status);
    filter.event_type = query.text("eventType");
    filter.subject = query.text("subject");
    filter.from = query.time("from");
    filter.to = query.time("to");
    if (const auto test = query.choice("test", {"true", "false"})) filter.test = *test == 0;
    if (const auto sort =
            query.choice("sortBy", {"createdAt", "occurredAt", "status", "receivedAt"}))
        filter.sort_by = kSorts.at(*sort);
    filter.ascending = query.choice("sortOrder", {"asc", "desc"}) == 0U;
    return filter;
}

void writeDetails(base::JsonWriter& json, const store::EventDetails& details) {
    json.beginObject().key("event");
    writeEvent(json, details.event);
    json.key("webhook");
    writeWebhook(json, details.webhook);
    json.key("deliveryAttempts").beginArray();
    for (const auto& attempt : details.attempts)
        writeAttempt(json, attempt);
    json.endArray().key("processingJobs");
    writeJobs(json, details.jobs);
    json.endObject();
}

void writeStatus(base::JsonWriter& json, const store::EventDetails& details) {
    const auto& event = details.event;
    json.beginObject();
    json.key("eventId").string(event.id.text());
    json.key("status").string(domain::nameOf(event.status));
    json.key("processingAttempts").integer(event.processing_attempts);
    json.key("lastError").stringOrNull(event.last_error);
    writeTime(json, "lastProcessedAt", event.last_processed_at);
    json.key("jobs");
    writeJobs(json, details.jobs);
    json.endObject();
}

} // namespace

http::Reply Events::list(const http::Request& request) const {
    QueryParameters query{request,
                          {"page", "pageSize", "provider", "status", "eventType", "subject", "from",
                           "to", "test", "sortBy", "sortOrder"}};
    const auto page = query.page();
    const auto filter = readFilter(query);
    if (!query.problems().empty()) return query.problems().reply();
    return pageReply(queries_.events(filter, page), page, writeEvent);
}

template <class Write>
http::Reply Events::withEvent(const http::Request& request, Write write) const {
    const QueryParameters query{request, {}};
    auto problems = query.problems();
    const auto id = base::Uuid::parse(request.parameter("id"));
    if (!id) problems.add("id", "must be a UUID");
    if (!problems.empty()) return problems.reply();
    const auto details = queries_.event(*id);
    if (!details) return http::errorReply(http::ErrorCode::NotFound, "no such event");
    base::JsonWriter json;
    write(json, *details);
    return http::dataReply(200, json.text());
}

http::Reply Events::show(const http::Request& request) const {
    return withEvent(request, writeDetails);
}

http::Reply Events::status(const http::Request& request) const {
    return withEvent(request, writeStatus);
}

} // namespace hookgate::management
