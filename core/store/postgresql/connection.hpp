#pragma once

#include "core/store/postgresql/database_error.hpp"
#include "core/store/postgresql/parameters.hpp"
#include "core/store/postgresql/result.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

struct pg_conn;

namespace hookgate::store::postgresql {

struct ConnectOptions {
    std::string url; // a libpq URI or "key=value" string, several hosts allowed
    std::string application_name = "hookgate";
    std::chrono::milliseconds connect_timeout{2000};   // of each host
    std::chrono::milliseconds statement_timeout{2000}; // the server gives up
    std::chrono::milliseconds lock_timeout{1000};
    std::chrono::milliseconds grace{500}; // we give up so much later than the server
    bool writable = true; // refuse a standby, unless the URL has target_session_attrs
    // For statements that name their rows by keys: planned once for all parameters, and so that
    // nothing is read in full and few are joined by hashing, whatever the statistics say. Otherwise
    // PostgreSQL chooses.
    bool plan_once = true;
};

// SQL with $1.. that a connection prepares when it first meets it. Lives as long as the program.
struct Statement {
    const char* name; // unique
    const char* sql;
};

// One connection to PostgreSQL, used by one thread at a time. libpq is used non-blocking: every
// call ends by its deadline, also when the server stands still and only its kernel acknowledges
// what is sent. Whatever goes wrong throws DatabaseError; after connectionLost() the connection is
// useless.
class Connection {
public:
    // Connects; tries the hosts in turn.
    explicit Connection(const ConnectOptions& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Any number of statements without parameters; the result of the last, in text.
    Result execute(const std::string& sql);
    Result run(const Statement& statement, const Parameters& parameters = {});
    // As run(), for SQL that is made for its one use.
    Result query(const std::string& sql, const Parameters& parameters = {});

    // Other limits for what follows; costs a round trip.
    void limit(std::chrono::milliseconds statement_timeout, std::chrono::milliseconds lock_timeout);

    // False: the server has closed the connection meanwhile. Does not block.
    bool isUsable() noexcept;

    // The server has said a warning since the last call: with what was committed, something is
    // amiss (a wait for a standby was cancelled).
    bool takeWarned() noexcept;

    // Waits until the server says something unasked, the other descriptor is readable, or
    // `patience` is over. Returns the payloads of the notifications that came.
    std::vector<std::string> notifications(int other, std::chrono::milliseconds patience);

private:
    struct Finish {
        void operator()(pg_conn* connection) const noexcept;
    };

    using Clock = std::chrono::steady_clock;
    using Setting = std::pair<std::string, std::string>;

    void connect(std::vector<Setting> settings);
    void prepareSession(const ConnectOptions& options);
    Clock::time_point deadline() const noexcept;
    // False: the deadline has passed.
    bool wait(short events, Clock::time_point deadline) const;
    void flush(Clock::time_point deadline);
    Result collect(Clock::time_point deadline);
    Result nextResult(Clock::time_point deadline, bool& more);
    void sent(int accepted);
    [[noreturn]] void lost(const std::string& why);
    [[noreturn]] void fail(const pg_result* result);

    std::unique_ptr<pg_conn, Finish> connection_;
    std::chrono::milliseconds connect_timeout_;
    std::chrono::milliseconds timeout_;
    std::chrono::milliseconds grace_;
    std::unordered_set<const Statement*> prepared_;
    bool warned_ = false;
};

// What one transaction does. Rolls back when it ends without commit(); then, or when the connection
// was lost, nothing of it remains.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    // Throws unless COMMIT answered COMMIT.
    void commit();

private:
    Connection& connection_;
    bool open_ = true;
};

} // namespace hookgate::store::postgresql
