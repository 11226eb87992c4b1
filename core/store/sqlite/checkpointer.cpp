#include "core/store/sqlite/checkpointer.hpp"

#include "core/base/thread.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

constexpr std::chrono::milliseconds kInterval{100};
constexpr std::uintmax_t kWorthIt = 4ULL * 1024 * 1024;
constexpr std::uintmax_t kTooLarge = 64ULL * 1024 * 1024;

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

bool Checkpointer::sleep() {
    std::unique_lock lock{mutex_};
    return !wake_.wait_for(lock, kInterval, [this] { return stopping_; });
}

void Checkpointer::run() {
    while (sleep()) {
        try {
            Database database{path_, Database::Mode::ReadWrite};
            while (sleep())
                checkpoint(database);
        } catch (const StoreError& e) {
            log_.warning("checkpoint failed, it is tried again", {{"error", e.what()}});
        }
    }
}

void Checkpointer::checkpoint(Database& database) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(path_ + "-wal", missing);
    if (missing || bytes < kWorthIt) return;
    // PASSIVE moves all it can beside a busy writer; what is left is little, and RESTART, which
    // makes the writer wait, has only that to do.
    int code = ::sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                           nullptr, nullptr);
    if (code == SQLITE_OK && bytes > kTooLarge)
        code = ::sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_RESTART,
                                           nullptr, nullptr);
    // Busy: a reader or the writer was in the way; the next round finds it gone.
    if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
        throw SqliteError{code, ::sqlite3_errmsg(database.handle())};
}

} // namespace hookgate::store::sqlite
