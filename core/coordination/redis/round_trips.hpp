#pragma once

#include "core/base/log.hpp"
#include "core/coordination/redis/address.hpp"
#include "core/coordination/redis/breaker.hpp"
#include "core/coordination/redis/commands.hpp"
#include "core/coordination/redis/connection.hpp"
#include "core/coordination/redis/reply.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hookgate::coordination::redis {

// Everybody's way to the server: a thread of its own takes all that waits, writes it in one piece
// and reads the replies. No caller waits longer than the budget, whatever the server does, and
// nobody waits at all while the breaker is open. Callers that gave up count as a failure for each
// budget that passed without an answer; the thread itself has more patience, so that a machine that
// was busy for a moment does not cost the connection. The thread sleeps until it is called, the
// connection ends or a probe is due; commands are worked off in the order they came. Safe to call
// from any thread.
class RoundTrips {
public:
    struct Options {
        Address address;
        std::string probe_key;
        std::chrono::milliseconds budget{10};
        int patience = 5; // budgets that a round trip may take
        std::chrono::milliseconds probe_patience{250};
    };

    // Waits for the first connection, for as long as a probe may take. The log outlives it.
    RoundTrips(Options options, base::Log& log);
    ~RoundTrips();
    RoundTrips(const RoundTrips&) = delete;
    RoundTrips& operator=(const RoundTrips&) = delete;

    // One reply for each command. nullopt: there was none in time, and whether the commands were
    // carried out is unknown.
    std::optional<std::vector<Reply>> ask(Commands commands);

    // Carried out if possible; nobody learns whether. False: certainly not.
    bool tell(const Commands& commands);

    bool isHealthy() const;

private:
    enum class State { Waiting, Answered, Failed, Abandoned };

    struct Errand {
        Commands commands;
        bool awaited = false;
        State state = State::Waiting;
        std::vector<Reply> replies;
        std::condition_variable done;
    };

    using Errands = std::vector<std::shared_ptr<Errand>>;
    using Lock = std::unique_lock<std::mutex>;

    void run();
    bool waitForWork(Lock& lock);
    void sleep(Lock& lock, std::optional<Connection::Time> until);
    void wake() const noexcept;
    bool accepts(std::size_t commands) const;
    void probe(Lock& lock);
    void travel(Lock& lock);
    Errands takeQueued();
    // False: nobody waited for it any more.
    static bool hand(Errands& errands, std::vector<Reply>& replies);
    void gaveUp();
    void failed(const std::string& problem);
    void degraded(const std::string& problem);
    void succeeded();
    void failQueued();
    static void giveUp(Errand& errand) noexcept;

    const Options options_;
    base::Log& log_;
    int wake_event_;

    mutable std::mutex mutex_;
    std::condition_variable started_;
    Breaker breaker_;
    std::deque<std::shared_ptr<Errand>> queue_;
    std::size_t queued_commands_ = 0;
    bool has_started_ = false;
    bool has_warned_ = false;
    bool sleeping_ = false;
    bool stopping_ = false;
    Breaker::Time gave_up_at_{}; // the last time that counted

    Connection connection_; // of the thread alone
    std::jthread thread_;
};

} // namespace hookgate::coordination::redis
