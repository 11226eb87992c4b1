#pragma once

#include <cstdio>
#include <string>

#include <sys/types.h>

namespace hookgate::testing_support {

// A PostgreSQL server of the test's own, for tests that harm it: tests/support/test_servers.py. Its
// address stays the same through kill() and start(). Throws std::runtime_error.
class PostgresqlServer {
public:
    PostgresqlServer();
    ~PostgresqlServer();
    PostgresqlServer(const PostgresqlServer&) = delete;
    PostgresqlServer& operator=(const PostgresqlServer&) = delete;

    // Of its database postgres, as a superuser.
    const std::string& url() const noexcept { return url_; }

    // At once, with everything it forked.
    void kill() { command("kill"); }

    void start() { command("start"); }

    // Stands still; the kernel goes on to accept connections and to acknowledge what is sent.
    void freeze() { command("freeze"); }

    void thaw() { command("thaw"); }

private:
    void command(const char* name);
    std::string readLine();

    pid_t pid_ = -1;
    std::FILE* commands_ = nullptr;
    std::FILE* answers_ = nullptr;
    std::string url_;
};

} // namespace hookgate::testing_support
