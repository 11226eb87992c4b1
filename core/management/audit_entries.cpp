#include "core/management/audit_entries.hpp"

#include "core/management/page_reply.hpp"
#include "core/management/query_parameters.hpp"
#include "core/management/records_json.hpp"

namespace hookgate::management {

http::Reply AuditEntries::list(const http::Request& request) const {
    QueryParameters query{request, {"page", "pageSize", "entityType", "entityId", "action"}};
    const auto page = query.page();
    store::AuditFilter filter;
    filter.entity_type = query.text("entityType");
    filter.entity_id = query.text("entityId");
    filter.action = query.text("action");
    if (!query.problems().empty()) return query.problems().reply();
    return pageReply(queries_.auditEntries(filter, page), page, writeAuditEntry);
}

} // namespace hookgate::management
