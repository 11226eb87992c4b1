#include "core/management/deliveries.hpp"

#include "core/management/page_reply.hpp"
#include "core/management/query_parameters.hpp"
#include "core/management/records_json.hpp"

namespace hookgate::management {

http::Reply Deliveries::list(const http::Request& request) const {
    QueryParameters query{request, {"page", "pageSize", "status", "eventId"}};
    const auto page = query.page();
    store::AttemptFilter filter;
    if (const auto status = query.choice("status", {"success", "failed"}))
        filter.success = *status == 0;
    filter.event_id = query.uuid("eventId");
    if (!query.problems().empty()) return query.problems().reply();
    return pageReply(queries_.attempts(filter, page), page, writeAttempt);
}

} // namespace hookgate::management
