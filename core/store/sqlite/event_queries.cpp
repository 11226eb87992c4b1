#include "core/store/sqlite/event_queries.hpp"

#include "core/store/sqlite/attempt_list.hpp"
#include "core/store/sqlite/audit_trail.hpp"
#include "core/store/sqlite/event_details.hpp"
#include "core/store/sqlite/event_list.hpp"
#include "core/store/sqlite/query_pool.hpp"

namespace hookgate::store::sqlite {
namespace {

class SqliteEventQueries final : public EventQueries {
public:
    SqliteEventQueries(const std::string& path, std::size_t connections,
                       std::chrono::milliseconds time_limit)
        : pool_{path, connections, time_limit} {}

    Page<EventRow> events(const EventFilter& filter, PageRequest page) override {
        return pool_.run([&](Database& database) { return readEvents(database, filter, page); });
    }

    std::optional<EventDetails> event(const domain::Uuid& id) override {
        return pool_.run([&](Database& database) { return readEvent(database, id); });
    }

    Page<AttemptRow> attempts(const AttemptFilter& filter, PageRequest page) override {
        return pool_.run([&](Database& database) { return readAttempts(database, filter, page); });
    }

    Page<domain::AuditEntry> auditEntries(const AuditFilter& filter, PageRequest page) override {
        return pool_.run([&](Database& database) { return readAudit(database, filter, page); });
    }

private:
    QueryPool pool_;
};

} // namespace

std::unique_ptr<EventQueries> openQueries(const std::string& path, std::size_t connections,
                                          std::chrono::milliseconds time_limit) {
    return std::make_unique<SqliteEventQueries>(path, connections, time_limit);
}

} // namespace hookgate::store::sqlite
