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

// Read connections for management queries, and the time a query may take. Safe
// to call from any thread.
class QueryPool {
public:
  QueryPool(const std::string &path, std::size_t connections,
            std::chrono::milliseconds time_limit);

  // A connection for one query; its statements throw QueryTimeout when the
  // limit is reached.
  class Lease {
  public:
    explicit Lease(QueryPool &pool);
    ~Lease();
    Lease(const Lease &) = delete;
    Lease &operator=(const Lease &) = delete;

    Database &database() const noexcept { return *database_; }

    // Runs `query` and turns an interruption by the limit into QueryTimeout.
    template <class Query> auto run(Query &&query) {
      try {
        return query(*database_);
      } catch (const SqliteError &e) {
        if (expired_)
          throw QueryTimeout{};
        throw;
      }
    }

  private:
    static int progress(void *self);

    QueryPool &pool_;
    std::unique_ptr<Database> database_;
    std::chrono::steady_clock::time_point deadline_;
    bool expired_ = false;
  };

private:
  std::unique_ptr<Database>
  take(std::chrono::steady_clock::time_point deadline);
  void give(std::unique_ptr<Database> database);

  const std::chrono::milliseconds time_limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> free_;
};

} // namespace hookgate::store::sqlite
