#include "core/store/sqlite/query_pool.hpp"

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

constexpr int kInstructionsBetweenLooks = 2000;

} // namespace

QueryPool::QueryPool(const std::string &path, std::size_t connections,
                     std::chrono::milliseconds time_limit)
    : time_limit_{time_limit} {
  for (std::size_t i = 0; i < connections; ++i)
    free_.push_back(std::make_unique<Database>(path, Database::Mode::ReadOnly));
}

std::unique_ptr<Database>
QueryPool::take(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  if (!returned_.wait_until(lock, deadline, [this] { return !free_.empty(); }))
    throw QueryTimeout{};
  auto database = std::move(free_.back());
  free_.pop_back();
  return database;
}

void QueryPool::give(std::unique_ptr<Database> database) {
  {
    const std::lock_guard lock{mutex_};
    free_.push_back(std::move(database));
  }
  returned_.notify_one();
}

QueryPool::Lease::Lease(QueryPool &pool)
    : pool_{pool}, database_{pool.take(std::chrono::steady_clock::now() +
                                       pool.time_limit_)},
      deadline_{std::chrono::steady_clock::now() + pool.time_limit_} {
  ::sqlite3_progress_handler(database_->handle(), kInstructionsBetweenLooks,
                             &Lease::progress, this);
}

QueryPool::Lease::~Lease() {
  ::sqlite3_progress_handler(database_->handle(), 0, nullptr, nullptr);
  pool_.give(std::move(database_));
}

int QueryPool::Lease::progress(void *self) {
  auto *lease = static_cast<Lease *>(self);
  if (std::chrono::steady_clock::now() < lease->deadline_)
    return 0;
  lease->expired_ = true;
  return 1;
}

} // namespace hookgate::store::sqlite
