#include "core/store/sqlite/query_pool.hpp"

#include <utility>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

constexpr int kInstructionsBetweenLooks = 2000; // well below a millisecond

} // namespace

QueryPool::QueryPool(std::string path, std::size_t connections,
                     std::chrono::milliseconds time_limit)
    : path_{std::move(path)},
      time_limit_{time_limit} {
    for (std::size_t i = 0; i < connections; ++i)
        free_.push_back(std::make_unique<Database>(path_, Database::Mode::ReadOnly));
}

std::unique_ptr<Database> QueryPool::take(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    if (!returned_.wait_until(lock, deadline, [this] { return !free_.empty(); }))
        throw QueryTimeout{};
    auto database = std::move(free_.back());
    free_.pop_back();
    return database;
}

void QueryPool::give(std::unique_ptr<Database> database) noexcept {
    {
        const std::lock_guard lock{mutex_};
        free_.push_back(std::move(database)); // has had room for it since the constructor
    }
    returned_.notify_one();
}

QueryPool::Reading::Reading(QueryPool& pool)
    : pool_{pool},
      deadline_{std::chrono::steady_clock::now() + pool.time_limit_},
      database_{pool.take(deadline_)} {
    try {
        if (!database_)
            database_ = std::make_unique<Database>(pool_.path_, Database::Mode::ReadOnly);
        database_->execute("BEGIN");
    } catch (...) {
        pool_.give(nullptr);
        throw;
    }
    ::sqlite3_progress_handler(database_->handle(), kInstructionsBetweenLooks,
                               &Reading::lookAtTheClock, this);
}

QueryPool::Reading::~Reading() {
    ::sqlite3_progress_handler(database_->handle(), 0, nullptr, nullptr);
    if (::sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK)
        trusted_ = false;
    if (!trusted_) database_.reset();
    pool_.give(std::move(database_));
}

int QueryPool::Reading::lookAtTheClock(void* self) noexcept {
    auto* reading = static_cast<Reading*>(self);
    if (std::chrono::steady_clock::now() < reading->deadline_) return 0;
    reading->expired_ = true;
    return 1;
}

} // namespace hookgate::store::sqlite
