#include "core/store/postgresql/audit_rows.hpp"

namespace hookgate::store::postgresql {
namespace {

constexpr Statement kInsert{
    "insert_audit",
    "WITH given AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], "
    "$4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::integer[]) "
    "u(id, created_at, entity_type, action, entity_id, actor, details, day)), "
    "written AS (INSERT INTO audit (id, created_at, entity_type, action, entity_id, actor, "
    "details) SELECT id, created_at, convert_from(entity_type, 'UTF8'), "
    "convert_from(action, 'UTF8'), entity_id, actor, details FROM given "
    "ON CONFLICT (id) DO NOTHING RETURNING id) "
    "INSERT INTO counter AS c (day, integration, slot, audit) "
    "SELECT day, 0, pg_backend_pid() % 64, count(*) FROM written JOIN given USING (id) "
    "GROUP BY day ORDER BY day "
    "ON CONFLICT (day, integration, slot) DO UPDATE SET audit = c.audit + excluded.audit"};

} // namespace

void insertAudit(Connection& connection, const Context& context,
                 std::span<domain::AuditEntry> entries) {
    if (entries.empty()) return;
    Array ids{Type::Uuid};
    Array times{Type::Int8};
    Array types{Type::Bytea};
    Array actions{Type::Bytea};
    Array entities{Type::Bytea};
    Array actors{Type::Bytea};
    Array details{Type::Bytea};
    Array days{Type::Int4};
    for (auto& entry : entries) {
        if (entry.id.isNil()) entry.id = context.ids.next();
        if (entry.created_at == 0) entry.created_at = context.clock.unixMs();
        ids.add(entry.id);
        times.add(entry.created_at);
        types.add(std::string_view{entry.entity_type});
        actions.add(std::string_view{entry.action});
        entities.add(std::string_view{entry.entity_id});
        actors.add(std::string_view{entry.actor});
        details.add(std::string_view{entry.details_json});
        days.add(dayOf(entry.id));
    }
    Parameters parameters;
    parameters.add(std::move(ids)).add(std::move(times)).add(std::move(types));
    parameters.add(std::move(actions)).add(std::move(entities)).add(std::move(actors));
    parameters.add(std::move(details)).add(std::move(days));
    connection.run(kInsert, parameters);
}

} // namespace hookgate::store::postgresql
