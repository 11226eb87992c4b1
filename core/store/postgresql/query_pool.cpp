#include "core/store/postgresql/query_pool.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::store::postgresql {
namespace {

using std::chrono::milliseconds;

// How much of its time a statement may have lost to those before it.
constexpr milliseconds kSlack{500};
constexpr std::string_view kQueryCanceled = "57014";

std::string limitTo(Snapshot::Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - Snapshot::Clock::now()).count();
    // 0 would mean for ever.
    return "SET LOCAL statement_timeout = " + std::to_string(std::max<std::int64_t>(left, 1));
}

} // namespace

Result Snapshot::query(const std::string& sql, const Parameters& parameters) {
    const auto now = Clock::now();
    if (now >= deadline_) throw QueryTimeout{};
    if (now - limited_at_ > kSlack) {
        connection_.execute(limitTo(deadline_));
        limited_at_ = now;
    }
    return connection_.query(sql, parameters);
}

QueryPool::QueryPool(ConnectOptions options, std::size_t connections)
    : options_{std::move(options)} {
    free_.resize(connections);
}

std::unique_ptr<Connection> QueryPool::take(Snapshot::Clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    if (!returned_.wait_until(lock, deadline, [this] { return !free_.empty(); }))
        throw QueryTimeout{};
    auto connection = std::move(free_.back());
    free_.pop_back();
    return connection;
}

void QueryPool::give(std::unique_ptr<Connection> connection) noexcept {
    {
        const std::lock_guard lock{mutex_};
        free_.push_back(std::move(connection)); // has had room for it since the constructor
    }
    returned_.notify_one();
}

QueryPool::Loan::Loan(QueryPool& pool)
    : pool_{pool},
      deadline_{Snapshot::Clock::now() + pool.options_.statement_timeout},
      connection_{pool.take(deadline_)} {}

QueryPool::Loan::~Loan() {
    try {
        if (connection_ && begun_) connection_->execute("ROLLBACK");
    } catch (const std::exception&) {
        connection_.reset();
    }
    pool_.give(std::move(connection_));
}

Connection& QueryPool::Loan::begin() {
    // One process each: what somebody looks at leaves the other cores to those who write.
    const auto sql =
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
        "SET LOCAL max_parallel_workers_per_gather = 0; " +
        limitTo(deadline_);
    begun_ = true;
    // The server may have gone, and come back, since the last query.
    if (connection_ && connection_->isUsable()) {
        try {
            connection_->execute(sql);
            return *connection_;
        } catch (const DatabaseError& error) {
            if (!error.connectionLost()) throw;
        }
    }
    connection_.reset();
    connection_ = std::make_unique<Connection>(pool_.options_);
    connection_->execute(sql);
    return *connection_;
}

void QueryPool::Loan::explain(const DatabaseError& error) {
    if (error.connectionLost()) connection_.reset();
    if (error.state() == kQueryCanceled || Snapshot::Clock::now() >= deadline_)
        throw QueryTimeout{};
}

} // namespace hookgate::store::postgresql
