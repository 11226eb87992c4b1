#include "core/store/postgresql/session_pool.hpp"

namespace hookgate::store::postgresql {

SessionPool::SessionPool(ConnectOptions options, std::size_t size)
    : patience_{options.statement_timeout} {
    for (std::size_t i = 0; i < size; ++i)
        idle_.push_back(std::make_unique<Session>(options));
}

std::unique_ptr<Session> SessionPool::take() {
    std::unique_lock lock{mutex_};
    if (!returned_.wait_for(lock, patience_, [this] { return !idle_.empty(); }))
        throw DatabaseError{"no connection to the database was free in time", "", false};
    // The one that came back last: the others are allowed to grow old.
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
}

void SessionPool::giveBack(std::unique_ptr<Session> session) noexcept {
    {
        const std::lock_guard lock{mutex_};
        idle_.push_back(std::move(session)); // room was reserved by the constructor
    }
    returned_.notify_one();
}

} // namespace hookgate::store::postgresql
