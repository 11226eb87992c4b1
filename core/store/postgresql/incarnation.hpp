#pragma once

#include "core/store/postgresql/connection.hpp"

#include <mutex>

namespace hookgate::store::postgresql {

// The life of the database at the other end: the same for all its nodes, another one after a
// restart, a failover or a restore, whether or not anything was lost by it.
base::Uuid readIncarnation(Connection& connection);

// What is known of it now. Safe to use from any thread.
class Incarnation {
public:
    base::Uuid get() const noexcept {
        const std::lock_guard lock{mutex_};
        return value_;
    }

    void set(const base::Uuid& value) noexcept {
        const std::lock_guard lock{mutex_};
        value_ = value;
    }

private:
    mutable std::mutex mutex_;
    base::Uuid value_;
};

} // namespace hookgate::store::postgresql
