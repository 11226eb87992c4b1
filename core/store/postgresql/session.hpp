#pragma once

#include "core/store/postgresql/connection.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <random>

namespace hookgate::store::postgresql {

// A connection that comes back by itself: made when it is first used, and made anew when it was
// lost. One thread at a time.
class Session {
public:
    // `opened` is called with every new connection.
    explicit Session(ConnectOptions options, std::function<void(Connection&)> opened = {});

    // Throws DatabaseError when there is none: at once, between two tries. The tries come less and
    // less often, at least twice a second, and with jitter, so that many nodes do not come at once.
    Connection& use();

    // Of no use any more.
    void drop() noexcept { connection_.reset(); }

private:
    using Clock = std::chrono::steady_clock;

    const ConnectOptions options_;
    const std::function<void(Connection&)> opened_;
    std::optional<Connection> connection_;
    Clock::time_point next_try_{};
    std::chrono::milliseconds backoff_{0};
    std::string last_error_;
    std::minstd_rand jitter_{std::random_device{}()};
};

} // namespace hookgate::store::postgresql
