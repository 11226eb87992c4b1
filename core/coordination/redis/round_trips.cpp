#include "core/coordination/redis/round_trips.hpp"

#include "core/base/crypto.hpp"
#include "core/base/thread.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hookgate::coordination::redis {
namespace {

// Beyond, callers are better served by the rules in process.
constexpr std::size_t kQueuedCommandsMax = 8192;
constexpr std::size_t kCommandsPerTrip = 1024;
// A server that ends connections sooner than this is not one to go back to at once.
constexpr std::chrono::seconds kShortLife{1};
constexpr std::string_view kUnknownScript = "NOSCRIPT";

std::uint32_t randomSeed() noexcept {
    std::array<std::uint8_t, sizeof(std::uint32_t)> bytes{};
    base::randomBytes(bytes);
    std::uint32_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

} // namespace

RoundTrips::RoundTrips(Options options, base::Log& log)
    : options_{std::move(options)},
      log_{log},
      wake_event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      breaker_{randomSeed()},
      connection_{options_.address, options_.probe_key} {
    if (wake_event_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
    thread_ = base::startThread("redis", [this] { run(); });
    Lock lock{mutex_};
    started_.wait_for(lock, options_.probe_patience, [this] { return has_started_; });
}

RoundTrips::~RoundTrips() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake();
    thread_.join();
    ::close(wake_event_);
}

bool RoundTrips::isHealthy() const {
    const std::lock_guard lock{mutex_};
    return !breaker_.isOpen();
}

bool RoundTrips::accepts(std::size_t commands) const {
    return !breaker_.isOpen() && !stopping_ && queued_commands_ + commands <= kQueuedCommandsMax;
}

std::optional<std::vector<Reply>> RoundTrips::ask(Commands commands) {
    const auto deadline = Breaker::Clock::now() + options_.budget;
    const auto count = commands.count;
    auto errand = std::make_shared<Errand>();
    errand->commands = std::move(commands);
    errand->awaited = true;

    Lock lock{mutex_};
    if (!accepts(count)) return std::nullopt;
    queue_.push_back(errand);
    queued_commands_ += count;
    if (std::exchange(sleeping_, false)) wake();
    errand->done.wait_until(lock, deadline, [&] { return errand->state != State::Waiting; });
    if (errand->state == State::Answered) return std::move(errand->replies);
    if (errand->state == State::Waiting) {
        errand->state = State::Abandoned;
        gaveUp();
    }
    return std::nullopt;
}

// Several that gave up together did so for one reason.
void RoundTrips::gaveUp() {
    const auto now = Breaker::Clock::now();
    if (breaker_.isOpen() || now - gave_up_at_ < options_.budget) return;
    gave_up_at_ = now;
    breaker_.failed(now);
}

bool RoundTrips::tell(const Commands& commands) {
    const std::lock_guard lock{mutex_};
    if (!accepts(commands.count)) return false;
    if (queue_.empty() || queue_.back()->awaited) queue_.push_back(std::make_shared<Errand>());
    queue_.back()->commands.add(commands);
    queued_commands_ += commands.count;
    if (std::exchange(sleeping_, false)) wake();
    return true;
}

void RoundTrips::wake() const noexcept {
    const std::uint64_t one = 1;
    // Full means that it is awake already.
    static_cast<void>(::write(wake_event_, &one, sizeof one) == sizeof one);
}

void RoundTrips::run() {
    Lock lock{mutex_};
    while (waitForWork(lock)) {
        try {
            if (breaker_.isOpen())
                probe(lock);
            else
                travel(lock);
        } catch (const std::exception& e) {
            if (!lock.owns_lock()) lock.lock();
            connection_.close();
            failed(e.what());
        }
        if (!std::exchange(has_started_, true)) started_.notify_all();
    }
    failQueued();
}

// True: a probe is due, somebody waits, or the connection is to be opened again. False: the end.
bool RoundTrips::waitForWork(Lock& lock) {
    for (;;) {
        if (stopping_) return false;
        if (breaker_.isOpen()) {
            if (Breaker::Clock::now() >= breaker_.nextProbe()) return true;
            sleep(lock, breaker_.nextProbe());
        } else {
            if (!queue_.empty() || !connection_.isOpen()) return true;
            sleep(lock, std::nullopt);
        }
    }
}

// Until somebody calls, the connection says something (nobody asked it to: it has ended) or `until`
// has come.
void RoundTrips::sleep(Lock& lock, std::optional<Connection::Time> until) {
    int patience_ms = -1;
    if (until) {
        const auto left = *until - Breaker::Clock::now();
        const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left);
        patience_ms = static_cast<int>(std::max<std::int64_t>(whole.count(), 0));
    }
    sleeping_ = true;
    lock.unlock();
    std::array<pollfd, 2> watched{
        {{wake_event_, POLLIN, 0}, {connection_.descriptor(), POLLIN | POLLRDHUP, 0}}};
    ::poll(watched.data(), watched.size(), patience_ms);
    if (watched[0].revents != 0) {
        std::uint64_t calls = 0;
        static_cast<void>(::read(wake_event_, &calls, sizeof calls) == sizeof calls);
    }
    const bool has_ended = connection_.isOpen() && watched[1].revents != 0;
    if (has_ended) connection_.close();
    lock.lock();
    sleeping_ = false;
    if (has_ended && Breaker::Clock::now() - connection_.openedAt() < kShortLife)
        failed("connection closed by the server");
}

void RoundTrips::probe(Lock& lock) {
    lock.unlock();
    const bool good = connection_.open(Breaker::Clock::now() + options_.probe_patience);
    lock.lock();
    if (good)
        succeeded();
    else
        failed(connection_.problem());
}

void RoundTrips::travel(Lock& lock) {
    auto errands = takeQueued();
    lock.unlock();
    Commands together;
    for (const auto& errand : errands)
        together.add(errand->commands);
    const auto begin = Breaker::Clock::now();
    const auto deadline = begin + options_.budget * options_.patience;
    std::optional<std::vector<Reply>> replies;
    if (connection_.isOpen() || connection_.open(deadline))
        replies = connection_.exchange(together, deadline);
    lock.lock();

    if (!replies) {
        for (const auto& errand : errands)
            giveUp(*errand);
        failed(connection_.problem());
        return;
    }
    const auto error = std::find_if(replies->begin(), replies->end(),
                                    [](const auto& reply) { return reply.isError(); });
    const auto code = error == replies->end() ? std::string{} : errorCode(error->text);
    const bool in_time = hand(errands, *replies) || Breaker::Clock::now() - begin < options_.budget;
    if (code == kUnknownScript) {
        connection_.close(); // the next one makes it known again
    } else if (!code.empty()) {
        // Reads may still be answered in between, so that the failures would never be in a row.
        breaker_.refused(Breaker::Clock::now());
        degraded(code);
    } else if (together.count > 0 && in_time) {
        succeeded();
    }
}

RoundTrips::Errands RoundTrips::takeQueued() {
    Errands errands;
    std::size_t commands = 0;
    while (!queue_.empty() && commands < kCommandsPerTrip) {
        auto errand = std::move(queue_.front());
        queue_.pop_front();
        queued_commands_ -= errand->commands.count;
        if (errand->state == State::Abandoned) continue;
        commands += errand->commands.count;
        errands.push_back(std::move(errand));
    }
    return errands;
}

bool RoundTrips::hand(Errands& errands, std::vector<Reply>& replies) {
    bool awaited = false;
    auto next = replies.begin();
    for (const auto& errand : errands) {
        const auto end = next + static_cast<std::ptrdiff_t>(errand->commands.count);
        if (errand->state == State::Waiting) {
            awaited = awaited || errand->awaited;
            if (errand->awaited)
                errand->replies.assign(std::make_move_iterator(next), std::make_move_iterator(end));
            errand->state = State::Answered;
            errand->done.notify_one();
        }
        next = end;
    }
    return awaited;
}

void RoundTrips::giveUp(Errand& errand) noexcept {
    if (errand.state == State::Waiting) errand.state = State::Failed;
    errand.done.notify_one();
}

void RoundTrips::failQueued() {
    for (const auto& errand : queue_)
        giveUp(*errand);
    queue_.clear();
    queued_commands_ = 0;
}

void RoundTrips::failed(const std::string& problem) {
    breaker_.failed(Breaker::Clock::now());
    if (breaker_.isOpen()) degraded(problem);
}

void RoundTrips::degraded(const std::string& problem) {
    connection_.close();
    failQueued();
    if (!std::exchange(has_warned_, true))
        log_.warning("coordination is degraded: each process follows its own rules for now",
                     {{"reason", problem}});
}

void RoundTrips::succeeded() {
    breaker_.succeeded(Breaker::Clock::now());
    if (std::exchange(has_warned_, false)) log_.information("coordination is back");
}

} // namespace hookgate::coordination::redis
