#include "core/store/postgresql/schema.hpp"

#include <chrono>
#include <string>

namespace hookgate::store::postgresql {
namespace {

// Any two numbers that nobody else is likely to use in this database.
constexpr auto kLock = "pg_advisory_lock(1751738219, 1)";
constexpr auto kUnlock = "pg_advisory_unlock(1751738219, 1)";
constexpr std::chrono::minutes kPatience{10};
constexpr std::chrono::seconds kUsual{5};

std::int64_t integer(Connection& connection, const std::string& sql) {
    const auto found = connection.query(sql);
    return found.rows() == 0 ? 0 : found.integer(0, 0);
}

bool exists(Connection& connection, const std::string& table) {
    return integer(connection, "SELECT (to_regclass('" + table + "') IS NOT NULL)::integer") != 0;
}

std::int64_t versionOf(Connection& connection) {
    if (!exists(connection, "schema_migrations")) return 0;
    return integer(connection, "SELECT coalesce(max(version), 0)::bigint FROM schema_migrations");
}

class Target final : public MigrationTarget {
public:
    explicit Target(Connection& connection) : connection_{connection} {}

    std::int64_t version() override { return versionOf(connection_); }

    void apply(const Migration& migration) override {
        Transaction transaction{connection_};
        if (version() == 0) begin();
        connection_.execute(std::string{migration.sql});
        connection_.query(
            "INSERT INTO schema_migrations (version, name) VALUES ($1::bigint, $2::text)",
            Parameters{}.add(migration.version).add(migration.name));
        transaction.commit();
    }

private:
    void begin() {
        for (const auto* table : {"webhook", "event", "integration", "work", "audit"})
            if (exists(connection_, table))
                throw StoreError{"the database is not one of hookgate's: it has a table \"" +
                                     std::string{table} +
                                     "\" and no schema version; give hookgate one of its own",
                                 false};
        connection_.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, "
            "name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
    }

    Connection& connection_;
};

class Lock {
public:
    explicit Lock(Connection& connection) : connection_{connection} {
        connection_.limit(kPatience, kPatience);
        connection_.execute(std::string{"SELECT "} + kLock);
    }

    ~Lock() {
        try {
            connection_.execute(std::string{"SELECT "} + kUnlock);
            connection_.limit(kUsual, kUsual);
        } catch (const StoreError&) {
            // The lock is gone with the connection.
            return;
        }
    }

    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    Connection& connection_;
};

} // namespace

std::vector<Migration> migrate(Connection& connection) {
    const Lock lock{connection};
    Target target{connection};
    return migrateForward(target, migrations());
}

void requireCurrent(Connection& connection) {
    const auto current = versionOf(connection);
    const auto newest = migrations().back().version;
    if (current == newest) return;
    if (current > newest) {
        // Says what to do, and applies nothing.
        Target target{connection};
        migrateForward(target, migrations());
    }
    throw StoreError{"the database has schema version " + std::to_string(current) +
                         ", this hookgate needs " + std::to_string(newest) +
                         "; run `hookgate migrate`",
                     false};
}

} // namespace hookgate::store::postgresql
