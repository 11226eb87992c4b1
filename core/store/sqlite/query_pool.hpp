#pragma once

#include "core/store/event_queries.hpp"
#include "core/store/sqlite/database.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hookgate::store::sqlite {

// Read connections for management queries, and the time a query may take, waiting for a connection
// included. Safe to call from any thread.
class QueryPool {
public:
    // Throws SqliteError.
    QueryPool(std::string path, std::size_t connections, std::chrono::milliseconds time_limit);

    // Runs `query(Database&)` in one read transaction, so that all it reads is of one moment. The
    // transaction ends with it, and holds up checkpoints no longer than the limit. Throws
    // QueryTimeout when the limit is reached.
    template <class Query>
    auto run(Query&& query) {
        Reading reading{*this};
        try {
            return query(reading.database());
        } catch (const SqliteError&) {
            if (reading.expired()) throw QueryTimeout{};
            reading.distrust();
            throw;
        }
    }

private:
    // A connection on loan with a transaction begun.
    class Reading {
    public:
        explicit Reading(QueryPool& pool);
        ~Reading();
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;

        Database& database() const noexcept { return *database_; }

        bool expired() const noexcept { return expired_; }

        // The connection is thrown away instead of being used again.
        void distrust() noexcept { trusted_ = false; }

    private:
        static int lookAtTheClock(void* self) noexcept;

        QueryPool& pool_;
        const std::chrono::steady_clock::time_point deadline_;
        std::unique_ptr<Database> database_;
        bool expired_ = false;
        bool trusted_ = true;
    };

    std::unique_ptr<Database> take(std::chrono::steady_clock::time_point deadline);
    void give(std::unique_ptr<Database> database) noexcept;

    const std::string path_;
    const std::chrono::milliseconds time_limit_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Database>> free_; // null: to be opened when it is needed
};

} // namespace hookgate::store::sqlite
