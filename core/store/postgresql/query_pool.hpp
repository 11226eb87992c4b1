#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/postgresql/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hookgate::store::postgresql {

// One moment of the database, to be read by any number of statements until a deadline.
class Snapshot {
public:
    using Clock = std::chrono::steady_clock;

    // REQUIRES: a transaction has begun on the connection, its statements limited to the deadline.
    Snapshot(Connection& connection, Clock::time_point deadline) noexcept
        : connection_{connection},
          deadline_{deadline},
          limited_at_{Clock::now()} {}

    // Throws QueryTimeout when it is too late.
    Result query(const std::string& sql, const Parameters& parameters = {});

    // The first column of the first row; 0 without one.
    std::int64_t number(const std::string& sql, const Parameters& parameters = {}) {
        const auto result = query(sql, parameters);
        return result.rows() > 0 ? result.integer(0, 0) : 0;
    }

private:
    Connection& connection_;
    const Clock::time_point deadline_;
    Clock::time_point limited_at_;
};

// Connections for management queries, opened when they are needed, and the time a query may take,
// waiting for a connection included. Safe to call from any thread.
class QueryPool {
public:
    QueryPool(ConnectOptions options, std::size_t connections);

    // Runs `read(Snapshot&)` in one read-only transaction, so that all it reads is of one moment.
    // Throws QueryTimeout when the limit is reached.
    template <class Read>
    auto run(Read&& read) {
        Loan loan{*this};
        return loan.watched([&] {
            Snapshot snapshot{loan.begin(), loan.deadline()};
            return read(snapshot);
        });
    }

private:
    // A connection that comes back, unless it failed.
    class Loan {
    public:
        explicit Loan(QueryPool& pool);
        ~Loan();
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        Snapshot::Clock::time_point deadline() const noexcept { return deadline_; }

        // A connection with a transaction begun.
        Connection& begin();

        template <class Action>
        auto watched(Action&& action) {
            try {
                return action();
            } catch (const DatabaseError& error) {
                explain(error);
                throw;
            }
        }

    private:
        // Throws QueryTimeout when the error means that the time was over.
        void explain(const DatabaseError& error);

        QueryPool& pool_;
        const Snapshot::Clock::time_point deadline_;
        std::unique_ptr<Connection> connection_;
        bool begun_ = false;
    };

    std::unique_ptr<Connection> take(Snapshot::Clock::time_point deadline);
    void give(std::unique_ptr<Connection> connection) noexcept;

    const ConnectOptions options_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_; // null: to be opened when it is needed
};

} // namespace hookgate::store::postgresql
