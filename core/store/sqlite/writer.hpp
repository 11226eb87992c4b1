#pragma once

#include "core/base/log.hpp"
#include "core/store/event_store.hpp"
#include "core/store/sqlite/tables.hpp"
#include "core/store/write_queues.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace hookgate::store::sqlite {

struct WriterOptions {
    std::string path;
    std::chrono::milliseconds lease{30'000};
    domain::Uuid incarnation{};
    QueueLimits limits;
    std::chrono::milliseconds command_timeout{5000};
    // Told after each commit how many pages the WAL holds; on the writer thread.
    std::function<void(int)> wal_grew;
    // Called between transactions; may block while the WAL is too long. On the writer thread.
    std::function<void()> make_way;
    // Told after each transaction that a full disk refused; on the writer thread.
    std::function<void()> disk_full;
};

// The one thread that writes. It takes whatever waits, ingest first, puts it into one transaction,
// and tells everybody after the commit: batches grow by themselves under load, and nobody waits for
// a timer.
class Writer {
public:
    Writer(WriterOptions options, base::UuidGenerator& ids, const base::Clock& clock,
           base::Log& log);
    ~Writer(); // writes what is queued, then ends
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void ingest(std::unique_ptr<IngestItem> item) noexcept;
    void finish(domain::DeliveryResult result) noexcept;
    void audit(domain::AuditEntry entry) noexcept;
    // Runs `command` in a transaction and returns after its commit. Throws StoreError, also for
    // whatever the command threw.
    void run(std::function<void(Tables&)> command);
    // Throws StoreError when what was queued could not be written in time.
    void flush();

    StoreHealth health() const noexcept;
    StoreCounters counters() const noexcept;

private:
    void loop();
    void write(Batch& batch);
    // One transaction over all of the batch; throws when it could not be committed.
    void writeTogether(Batch& batch);
    void runCommand(Tables& tables, Posted& posted);
    // After the transaction over all failed through one of them: finds the one that is to blame.
    void writeHalves(Batch& batch);
    void failed(Batch& batch, const StoreError& error);
    // What the environment refused is tried again; the connection is made anew when it has to be.
    void recover(Batch& batch, const StoreError& error);
    void tellIfFull(const StoreError& error) const;
    void setHealth(bool writable, std::string_view detail) noexcept;
    void probe();
    void open();
    void reopen() noexcept;
    void markDamaged(const StoreError& error) noexcept;

    const WriterOptions options_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
    base::Log& log_;
    std::unique_ptr<Tables> tables_; // null: could not be reopened yet
    WriteQueues queues_;
    // The file is damaged: nothing is accepted any more, until somebody has looked at it.
    std::atomic<bool> damaged_{false};

    mutable std::mutex mutex_; // guards the two below
    StoreHealth health_;
    StoreCounters counters_;
    std::jthread thread_;
};

} // namespace hookgate::store::sqlite
