#pragma once

#include "core/base/log.hpp"
#include "core/store/event_store.hpp"
#include "core/store/sqlite/tables.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hookgate::store::sqlite {

struct WriterOptions {
    std::string path;
    std::chrono::milliseconds lease{30'000};
    std::size_t queued_items_max = 16'384;
    std::size_t queued_results_max = 65'536;
    std::size_t queued_audit_max = 1024;
    std::chrono::milliseconds command_timeout{5000};
};

// The one thread that writes. It takes whatever waits, ingest first, puts it into one transaction,
// and tells everybody after the commit: batches grow by themselves under load, and nobody waits for
// a timer.
class Writer {
public:
    // Something that must be done in the transaction while its caller waits.
    using Command = std::function<void(Tables&)>;

    Writer(WriterOptions options, base::UuidGenerator& ids, const base::Clock& clock,
           base::Log& log);
    ~Writer(); // writes what is queued, then ends
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void ingest(std::unique_ptr<IngestItem> item) noexcept;
    void finish(domain::DeliveryResult result) noexcept;
    void audit(domain::AuditEntry entry) noexcept;
    // Returns after the commit; throws what the command threw, or StoreError.
    void run(Command command);

    StoreHealth health() const noexcept;
    StoreCounters counters() const noexcept;

private:
    struct Posted {
        Command command;
        std::exception_ptr error{}; // the command failed, and nothing else with it
        std::promise<void> done{};
    };

    // What one transaction takes from the queues.
    struct Batch {
        std::vector<std::unique_ptr<IngestItem>> items;
        std::vector<domain::DeliveryResult> results;
        std::vector<domain::AuditEntry> audit;
        std::vector<std::shared_ptr<Posted>> commands;

        bool empty() const noexcept {
            return items.empty() && results.empty() && audit.empty() && commands.empty();
        }
    };

    void loop();
    // False: stopped and everything is written.
    bool take(Batch& batch);
    void write(Batch& batch);
    // One transaction over all of the batch; throws when it could not be committed.
    void writeTogether(Batch& batch);
    void runCommand(Tables& tables, Posted& posted);
    // Each on its own, after the transaction over all failed: finds the one that is to blame.
    void writeApart(Batch& batch);
    void failed(Batch& batch, const StoreError& error);
    void putBack(std::vector<domain::DeliveryResult>& results);
    void setHealth(bool writable, std::string_view detail) noexcept;
    void probe();
    void reopen() noexcept;

    const WriterOptions options_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
    base::Log& log_;
    std::unique_ptr<Tables> tables_; // null: could not be reopened yet

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<IngestItem>> items_;
    std::deque<domain::DeliveryResult> results_;
    std::vector<domain::AuditEntry> audit_;
    std::vector<std::shared_ptr<Posted>> commands_;
    StoreHealth health_;
    StoreCounters counters_;
    bool sleeping_ = false;
    bool stopping_ = false;
    std::jthread thread_;
};

} // namespace hookgate::store::sqlite
