#pragma once

#include "core/store/postgresql/session.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace hookgate::store::postgresql {

// A few sessions for whoever needs one for a moment. Safe to call from any thread.
class SessionPool {
public:
    SessionPool(ConnectOptions options, std::size_t size);

    // Calls action(Connection&) with a connection of its own; waits for a free one. Throws
    // StoreError, and whatever the action throws.
    template <class Action>
    auto with(Action&& action) {
        const Loan loan{*this};
        return action(loan.session().use());
    }

private:
    class Loan {
    public:
        explicit Loan(SessionPool& pool) : pool_{pool}, session_{pool.take()} {}

        ~Loan() { pool_.giveBack(std::move(session_)); }

        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        Session& session() const noexcept { return *session_; }

    private:
        SessionPool& pool_;
        std::unique_ptr<Session> session_;
    };

    std::unique_ptr<Session> take();
    void giveBack(std::unique_ptr<Session> session) noexcept;

    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Session>> idle_;
};

} // namespace hookgate::store::postgresql
