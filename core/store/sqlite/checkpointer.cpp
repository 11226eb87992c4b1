#include "core/store/sqlite/checkpointer.hpp"

#include "core/base/thread.hpp"

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

// 32 MiB: rare enough that a page which changes often is moved once for many commits.
constexpr int kPagesWorthIt = 8192;
// 96 MiB: from here on the writer waits.
constexpr int kPagesMax = 3 * kPagesWorthIt;
constexpr std::chrono::seconds kWaitMax{1};
// After a wait in vain the writer goes on for so long before it waits again.
constexpr std::chrono::seconds kWaitInterval{1};
// What the writer may be made to wait for at the end of a round.
constexpr int kPagesLeftMax = 256;
constexpr int kPassesMax = 8;
constexpr int kBusy = -1;

} // namespace

Checkpointer::Checkpointer(std::string path, base::Log& log)
    : path_{std::move(path)},
      log_{log},
      thread_{base::startThread("checkpointer", [this] { run(); })} {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Checkpointer::walGrew(int pages) noexcept {
    pages_ = pages;
    if (pages >= kPagesWorthIt || disk_full_.load(std::memory_order_relaxed)) want();
}

void Checkpointer::makeWay() {
    if (pages_ < kPagesMax || std::chrono::steady_clock::now() < no_waiting_until_) return;
    // The round under way may already have met the writer; the next one cannot.
    if (waitForRound() || waitForRound())
        pages_ = 0;
    else
        no_waiting_until_ = std::chrono::steady_clock::now() + kWaitInterval;
}

bool Checkpointer::waitForRound() {
    want();
    std::unique_lock lock{mutex_};
    return round_ended_.wait_for(lock, kWaitMax, [this] { return !wanted_; }) && round_succeeded_;
}

void Checkpointer::diskFull() noexcept {
    disk_full_.store(true, std::memory_order_relaxed);
    want();
}

void Checkpointer::want() noexcept {
    {
        const std::lock_guard lock{mutex_};
        if (wanted_) return;
        wanted_ = true;
    }
    wake_.notify_one();
}

bool Checkpointer::awaitWork() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return stopping_ || wanted_; });
    return !stopping_;
}

void Checkpointer::run() {
    while (awaitWork()) {
        try {
            Database database{path_, Database::Mode::ReadWrite};
            // RESTART waits for readers while it keeps the writer out.
            database.execute("PRAGMA busy_timeout = 100");
            while (awaitWork()) {
                endRound(checkpoint(database));
                failing_ = false;
            }
        } catch (const StoreError& e) {
            if (!failing_)
                log_.warning("checkpoint failed, the next commit tries again",
                             {{"error", e.what()}});
            failing_ = true;
            endRound(false);
        }
    }
}

void Checkpointer::endRound(bool succeeded) {
    {
        const std::lock_guard lock{mutex_};
        wanted_ = false;
        round_succeeded_ = succeeded;
    }
    round_ended_.notify_one();
}

bool Checkpointer::checkpoint(Database& database) {
    // PASSIVE moves pages beside a busy writer, which meanwhile adds some; each pass leaves fewer.
    int left = 0;
    int passes = 0;
    do {
        left = move(database, SQLITE_CHECKPOINT_PASSIVE);
    } while (left > kPagesLeftMax && ++passes < kPassesMax);
    // A reader that holds on to an old state leaves pages behind: RESTART then gives up at once,
    // and the next commit starts another round.
    if (left == kBusy || move(database, SQLITE_CHECKPOINT_RESTART) == kBusy) return false;
    disk_full_.store(false, std::memory_order_relaxed);
    return true;
}

int Checkpointer::move(Database& database, int mode) {
    int in_wal = 0;
    int moved = 0;
    const int code = ::sqlite3_wal_checkpoint_v2(database.handle(), nullptr, mode, &in_wal, &moved);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return kBusy;
    if (code != SQLITE_OK) throw SqliteError{code, ::sqlite3_errmsg(database.handle())};
    return in_wal - moved;
}

} // namespace hookgate::store::sqlite
