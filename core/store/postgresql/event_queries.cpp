#include "core/store/postgresql/event_queries.hpp"

#include "core/store/postgresql/attempt_list.hpp"
#include "core/store/postgresql/audit_trail.hpp"
#include "core/store/postgresql/event_details.hpp"
#include "core/store/postgresql/event_list.hpp"
#include "core/store/postgresql/query_pool.hpp"

namespace hookgate::store::postgresql {
namespace {

ConnectOptions readerOf(const std::string& url, std::chrono::milliseconds time_limit) {
    ConnectOptions options;
    options.url = url;
    options.application_name = "hookgate queries";
    options.statement_timeout = time_limit;
    options.writable = false;
    options.plan_once = false;
    return options;
}

class PostgresqlEventQueries final : public EventQueries {
public:
    PostgresqlEventQueries(const std::string& url, std::size_t connections,
                           std::chrono::milliseconds time_limit)
        : pool_{readerOf(url, time_limit), connections} {}

    Page<EventRow> events(const EventFilter& filter, PageRequest page) override {
        return pool_.run([&](Snapshot& snapshot) { return readEvents(snapshot, filter, page); });
    }

    std::optional<EventDetails> event(const domain::Uuid& id) override {
        return pool_.run([&](Snapshot& snapshot) { return readEvent(snapshot, id); });
    }

    Page<AttemptRow> attempts(const AttemptFilter& filter, PageRequest page) override {
        return pool_.run([&](Snapshot& snapshot) { return readAttempts(snapshot, filter, page); });
    }

    Page<domain::AuditEntry> auditEntries(const AuditFilter& filter, PageRequest page) override {
        return pool_.run([&](Snapshot& snapshot) { return readAudit(snapshot, filter, page); });
    }

private:
    QueryPool pool_;
};

} // namespace

std::unique_ptr<EventQueries> openQueries(const std::string& url, std::size_t connections,
                                          std::chrono::milliseconds time_limit) {
    return std::make_unique<PostgresqlEventQueries>(url, connections, time_limit);
}

} // namespace hookgate::store::postgresql
