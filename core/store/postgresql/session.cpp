#include "core/store/postgresql/session.hpp"

#include <algorithm>

namespace hookgate::store::postgresql {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{25};
constexpr std::chrono::milliseconds kLongestBackoff{500};

} // namespace

Session::Session(ConnectOptions options, std::function<void(Connection&)> opened)
    : options_{std::move(options)},
      opened_{std::move(opened)} {}

Connection& Session::use() {
    if (connection_ && connection_->isUsable()) return *connection_;
    connection_.reset();
    if (Clock::now() < next_try_) throw DatabaseError{last_error_, "", true};
    try {
        connection_.emplace(options_);
        if (opened_) opened_(*connection_);
    } catch (const StoreError& e) {
        connection_.reset();
        last_error_ = e.what();
        backoff_ = std::clamp(backoff_ * 2, kFirstBackoff, kLongestBackoff);
        std::uniform_int_distribution<std::int64_t> part{backoff_.count() / 2, backoff_.count()};
        next_try_ = Clock::now() + std::chrono::milliseconds{part(jitter_)};
        throw;
    }
    backoff_ = std::chrono::milliseconds{0};
    return *connection_;
}

} // namespace hookgate::store::postgresql
