#pragma once

#include "core/base/log.hpp"
#include "core/store/sqlite/database.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace hookgate::store::sqlite {

// Moves what the WAL holds into the database file, on a thread and a connection of its own, so that
// the writer hardly ever waits for it. The WAL is bounded: each round ends with a moment in which
// the writer waits for the last pages, and then starts the file from its beginning again; a writer
// that is faster than the rounds waits for one.
class Checkpointer {
public:
    Checkpointer(std::string path, base::Log& log);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    // Starts a round when the WAL has become long enough. Any thread; never blocks for long.
    void walGrew(int pages) noexcept;

    // Blocks the writer, between two transactions, while the WAL is too long and a round can mend
    // that: not for a reader that holds on to an old state.
    void makeWay();

    // Starts a round whatever the length, now and after each commit until one has succeeded: what
    // the WAL holds may be little more than the same few pages again and again.
    void diskFull() noexcept;

private:
    void run();
    void want() noexcept;
    bool awaitWork();
    void endRound(bool succeeded);
    bool waitForRound();
    // False: somebody was in the way.
    bool checkpoint(Database& database);
    // How many pages are left in the WAL; kBusy: somebody was in the way.
    static int move(Database& database, int mode);

    const std::string path_;
    base::Log& log_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable round_ended_;
    bool wanted_ = false;
    bool stopping_ = false;
    bool round_succeeded_ = true;
    int pages_ = 0;                                          // in the WAL; of the writer
    std::chrono::steady_clock::time_point no_waiting_until_; // of the writer
    std::atomic<bool> disk_full_{false};
    bool failing_ = false; // told the log; of the thread
    std::jthread thread_;
};

} // namespace hookgate::store::sqlite
