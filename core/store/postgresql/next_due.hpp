#pragma once

#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/context.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace hookgate::store::postgresql {

// When something is due, remembered for a moment: an idle node asks the database seldom. Safe to
// use from any thread.
class NextDue {
public:
    // Something has changed.
    void forget() noexcept { ++changes_; }

    // `run` runs its argument, which takes a connection. Milliseconds until then, 0 when it is
    // past; nullopt: nothing is scheduled.
    template <class Run>
    std::optional<std::chrono::milliseconds> get(const Context& context, Run&& run) {
        const auto changes = changes_.load();
        {
            const std::lock_guard lock{mutex_};
            if (known_ && known_->changes == changes && Clock::now() < known_->until)
                return wait(*known_, context);
        }
        auto answer = run([&](Connection& connection) { return ask(connection, context); });
        answer.changes = changes;
        const std::lock_guard lock{mutex_};
        known_ = answer;
        return wait(answer, context);
    }

private:
    using Clock = std::chrono::steady_clock;

    struct Answer {
        std::optional<std::int64_t> due_at; // by the database's clock
        std::int64_t ahead = 0;             // of ours is the database's clock
        std::uint64_t changes = 0;
        Clock::time_point until;
    };

    static Answer ask(Connection& connection, const Context& context);
    static std::optional<std::chrono::milliseconds> wait(const Answer& answer,
                                                         const Context& context);

    std::atomic<std::uint64_t> changes_{0};
    std::mutex mutex_;
    std::optional<Answer> known_;
};

} // namespace hookgate::store::postgresql
