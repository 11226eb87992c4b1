#include "core/store/postgresql/counters.hpp"

namespace hookgate::store::postgresql {
namespace {

constexpr Statement kAdd{
    "add_counters",
    "INSERT INTO counter AS c "
    "(day, integration, slot, webhooks, events, delivered, retried, failed, audit) "
    "SELECT u.day, u.integration, pg_backend_pid() % 64, "
    "u.webhooks, u.events, u.delivered, u.retried, u.failed, u.audit "
    "FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], "
    "$6::bigint[], $7::bigint[], $8::bigint[]) "
    "u(day, integration, webhooks, events, delivered, retried, failed, audit) "
    "ON CONFLICT (day, integration, slot) DO UPDATE SET "
    "webhooks = c.webhooks + excluded.webhooks, events = c.events + excluded.events, "
    "delivered = c.delivered + excluded.delivered, retried = c.retried + excluded.retried, "
    "failed = c.failed + excluded.failed, audit = c.audit + excluded.audit"};

} // namespace

void Counters::store(Connection& connection) {
    if (deltas_.empty()) return;
    Array days{Type::Int4};
    Array integrations{Type::Int4};
    std::vector<Array> totals(6, Array{Type::Int8});
    for (const auto& [key, values] : deltas_) {
        days.add(key.first);
        integrations.add(key.second);
        for (std::size_t i = 0; i < values.size(); ++i)
            totals[i].add(values[i]);
    }
    Parameters parameters;
    parameters.add(std::move(days)).add(std::move(integrations));
    for (auto& total : totals)
        parameters.add(std::move(total));
    connection.run(kAdd, parameters);
    deltas_.clear();
}

} // namespace hookgate::store::postgresql
