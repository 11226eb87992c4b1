#pragma once

#include "core/base/log.hpp"
#include "core/store/event_store.hpp"
#include "core/store/postgresql/context.hpp"
#include "core/store/postgresql/ingest_rows.hpp"
#include "core/store/postgresql/session.hpp"
#include "core/store/write_queues.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace hookgate::store::postgresql {

struct WriterOptions {
    std::string name; // of its thread
    ConnectOptions connect;
    std::chrono::milliseconds lease{30'000};
    QueueLimits limits;
    std::chrono::milliseconds flush_timeout{5000};
    // Told after each commit whether it left work that anybody may claim now; on the writer thread.
    std::function<void(bool)> committed;
    // Told when it can write again; on the writer thread.
    std::function<void()> recovered;
};

// A thread with a connection of its own. It takes whatever waits, puts it into one statement of
// each kind, and tells everybody after the commit: batches grow by themselves under load. Webhooks
// have writers of their own beside the one for results and audit entries, so that neither waits for
// the other.
class Writer {
public:
    Writer(WriterOptions options, const Context& context, base::Log& log);
    ~Writer(); // writes what is queued, then ends
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void ingest(std::unique_ptr<IngestItem> item) noexcept;
    void finish(domain::DeliveryResult result) noexcept;
    void audit(domain::AuditEntry entry) noexcept;
    // Throws StoreError when what was queued could not be written in time.
    void flush();

    // Webhooks that wait, or are being written.
    std::size_t unansweredItems() const noexcept {
        return unanswered_items_.load(std::memory_order_relaxed);
    }

    StoreHealth health() const noexcept;
    StoreCounters counters() const noexcept;

private:
    using Clock = std::chrono::steady_clock;

    void loop();
    void write(Batch& batch);
    void writeItems(Batch& batch);
    void writeResults(Batch& batch);
    void writeAudit(Batch& batch);
    // Runs the action; once more when the first run ended in a way that another may not, and there
    // is time: what the first did is found by the second.
    template <class Action>
    auto attempt(Action&& action);
    template <class T, class WritePart>
    void writeHalves(std::vector<T>& rows, WritePart&& part);
    void failed(Batch& batch, const StoreError& error);
    void setHealth(bool writable, std::string_view detail) noexcept;
    void probe();

    const WriterOptions options_;
    const Context& context_;
    base::Log& log_;
    domain::Uuid incarnation_; // of the session's database; of the thread alone
    Session session_;
    IngestRows ingest_;
    WriteQueues queues_;
    std::atomic<std::size_t> unanswered_items_{0};
    mutable std::mutex mutex_; // guards the two below
    StoreHealth health_;
    StoreCounters counters_;
    std::jthread thread_;
};

} // namespace hookgate::store::postgresql
