#include "tests/support/postgresql_database.hpp"

#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/schema.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>

#include <unistd.h>

namespace hookgate::testing_support {
namespace {

using store::postgresql::Connection;
using store::postgresql::ConnectOptions;

std::string environment(const char* name) {
    if (const auto* value = std::getenv(name)) return value;
    const auto* directory = std::getenv("HOOKGATE_TEST_SERVERS");
    std::ifstream file{std::string{directory == nullptr ? "." : directory} + "/environment"};
    const std::string prefix = std::string{name} + '=';
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(prefix)) return line.substr(prefix.size());
    throw std::runtime_error{
        "no servers for tests: run this through ctest, or by tests/support/test_servers.py run"};
}

ConnectOptions patient(const std::string& database) {
    ConnectOptions options{.url = postgresqlUrl(database)};
    options.statement_timeout = std::chrono::seconds{60};
    options.lock_timeout = std::chrono::seconds{60};
    return options;
}

// A migrated database that others are copied from: quicker than to migrate each.
std::string templateDatabase(Connection& server) {
    std::size_t hash = 0;
    for (const auto& migration : store::postgresql::migrations())
        hash = hash * 31 + std::hash<std::string_view>{}(migration.sql);
    const auto name = "template_" + std::to_string(hash);
    server.execute("SELECT pg_advisory_lock(1)");
    const auto known =
        server.query("SELECT 1 FROM pg_database WHERE datname = '" + name + "'").rows() > 0;
    if (!known) {
        const auto unfinished = name + "_unfinished";
        server.execute("DROP DATABASE IF EXISTS " + unfinished);
        server.execute("CREATE DATABASE " + unfinished);
        {
            Connection made{patient(unfinished)};
            store::postgresql::migrate(made);
        }
        server.execute("ALTER DATABASE " + unfinished + " RENAME TO " + name);
    }
    server.execute("SELECT pg_advisory_unlock(1)");
    return name;
}

} // namespace

std::string postgresqlUrl(const std::string& database) {
    const auto url = environment("HOOKGATE_TEST_POSTGRESQL_URL");
    return url.substr(0, url.rfind('/') + 1) + database;
}

std::string redisUrl() {
    return environment("HOOKGATE_TEST_REDIS_URL");
}

PostgresqlDatabase::PostgresqlDatabase() {
    static std::atomic<int> made{0};
    Connection server{patient("postgres")};
    const auto from = templateDatabase(server);
    name_ = "test_" + std::to_string(::getpid()) + '_' + std::to_string(++made);
    server.execute("CREATE DATABASE " + name_ + " TEMPLATE " + from);
}

PostgresqlDatabase::~PostgresqlDatabase() {
    try {
        Connection server{patient("postgres")};
        server.execute("DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const store::StoreError&) {
        // It goes with the server.
        return;
    }
}

} // namespace hookgate::testing_support
