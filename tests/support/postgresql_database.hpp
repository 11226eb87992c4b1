#pragma once

#include <string>

namespace hookgate::testing_support {

// The URL of the private server's `database`, as a superuser. The server is the one that
// tests/support/test_servers.py started; throws std::runtime_error when there is none.
std::string postgresqlUrl(const std::string& database);

// Redis of the same kind.
std::string redisUrl();

// A database of the test's own on the private server, migrated, and gone with it.
class PostgresqlDatabase {
public:
    PostgresqlDatabase();
    ~PostgresqlDatabase();
    PostgresqlDatabase(const PostgresqlDatabase&) = delete;
    PostgresqlDatabase& operator=(const PostgresqlDatabase&) = delete;

    const std::string& name() const noexcept { return name_; }

    std::string url() const { return postgresqlUrl(name_); }

private:
    std::string name_;
};

} // namespace hookgate::testing_support
