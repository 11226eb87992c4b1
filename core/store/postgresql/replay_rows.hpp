#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"
#include "core/store/postgresql/work_table.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hookgate::store::postgresql {

// Requests to deliver an event again, and their way through the audit trail. Part of the caller's
// transaction.
class ReplayRows {
public:
    explicit ReplayRows(WorkTable& work) : work_{work} {}

    // nullopt: there is no such event.
    std::optional<ReplayReceipt> request(const domain::ReplayCommand& command);

    // The generation that requests waited for has begun, or has ended.
    void dispatched(const WorkRow& row);
    void finished(const WorkRow& row, bool delivered);

private:
    struct Request {
        base::Uuid id;
        std::string requested_by;
        std::string reason;
        std::string key_name;
    };

    std::int32_t schedule(const base::Uuid& event, std::int32_t integration, bool& due_now);
    // nullopt: somebody else has done so meanwhile.
    std::optional<std::int32_t> restart(const base::Uuid& event, std::int32_t integration);
    void audit(const Request& request, const base::Uuid& event, std::string_view action,
               bool about_event);
    void auditEach(const Result& requests, const base::Uuid& event, std::string_view action,
                   bool about_event);

    WorkTable& work_;
};

} // namespace hookgate::store::postgresql
