#pragma once

#include "core/base/log.hpp"
#include "core/store/sqlite/database.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace hookgate::store::sqlite {

// Moves what the WAL holds into the database file, on a thread and a connection of its own, so that
// the writer hardly ever waits for it. The WAL is bounded: past a limit the writer is made to wait
// for the rest of a checkpoint, and starts the file from its beginning again.
class Checkpointer {
public:
    Checkpointer(std::string path, base::Log& log);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

private:
    void run();
    bool sleep();
    void checkpoint(Database& database);

    const std::string path_;
    base::Log& log_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::jthread thread_;
};

} // namespace hookgate::store::sqlite
