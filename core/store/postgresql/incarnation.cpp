#include "core/store/postgresql/incarnation.hpp"

#include <string>

namespace hookgate::store::postgresql {
namespace {

// The first eight digits of a WAL file's name are the timeline: each promotion and each recovery to
// a point in time begins one. A copy of files that was put back is told by the server's start, a
// dump by the number of its tables.
constexpr Statement kIncarnation{
    "incarnation",
    "SELECT concat_ws(':', left(pg_walfile_name(pg_current_wal_lsn()), 8), "
    "extract(epoch FROM pg_postmaster_start_time()), "
    "(SELECT oid FROM pg_database WHERE datname = current_database()), "
    "'installation'::regclass::oid, (SELECT id FROM installation))"};

} // namespace

base::Uuid readIncarnation(Connection& connection) {
    const auto found = connection.run(kIncarnation);
    return base::Uuid::derived(found.bytes(0, 0));
}

} // namespace hookgate::store::postgresql
