#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::store {

// Something that is done in a transaction while its caller waits; a backend adds what.
struct Posted {
    // As values: an exception object must not be shared between threads.
    struct Failure {
        std::string what;
        bool retryable = false;
    };

    virtual ~Posted() = default;

    std::optional<Failure> failure; // set before `done` is
    std::promise<void> done;
};

// What one transaction takes from the queues.
struct Batch {
    std::vector<std::unique_ptr<IngestItem>> items;
    std::vector<domain::DeliveryResult> results;
    std::vector<domain::AuditEntry> audit;
    std::vector<std::shared_ptr<Posted>> commands;

    bool empty() const noexcept { return rows() + commands.size() == 0; }

    std::size_t rows() const noexcept { return items.size() + results.size() + audit.size(); }
};

struct QueueLimits {
    std::size_t items = 16'384;
    std::size_t results = 65'536;
    std::size_t audit = 1024;
    std::size_t results_per_transaction = 512;
    // With it, fewer than results_wanted wait so long for company, unless somebody waits for them.
    std::chrono::milliseconds linger{0};
    std::size_t results_wanted = 64;
};

// What waits for the writer thread. Safe to call from any thread; take(), putBack() and settle()
// from the writer's alone.
class WriteQueues {
public:
    explicit WriteQueues(QueueLimits limits) : limits_{limits} {}

    // False: full or closed; `item` is then untouched.
    bool push(std::unique_ptr<IngestItem>& item);
    bool push(domain::DeliveryResult&& result);
    bool push(domain::AuditEntry&& entry);
    // Throws StoreError when closed.
    void post(const std::shared_ptr<Posted>& posted);
    // A command that has not begun will not run.
    void withdraw(const std::shared_ptr<Posted>& posted) noexcept;

    // Waits for something to write, ingest first, and moves as much as one transaction should have
    // into `batch`. It stays empty when nothing came within `patience`. False: closed and empty.
    bool take(Batch& batch, std::chrono::milliseconds patience);
    // Results and audit entries that are to be tried again, before all others. Those beyond the
    // limits, and all once closed, are dropped: returns how many.
    std::size_t putBack(Batch& batch);
    // The batch that was taken last is done with, but for what was put back.
    void settle();

    // Waits until all that was pushed before is settled. False: not within `patience`.
    bool awaitSettled(std::chrono::milliseconds patience);

    void close();
    // Until closed.
    void pause(std::chrono::milliseconds duration);

private:
    using Counts = std::array<std::uint64_t, 3>; // of items, results, audit entries

    bool something() const noexcept;
    void wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience);
    void linger(std::unique_lock<std::mutex>& lock);
    void takeItems(Batch& batch);
    template <class T, class Queue>
    bool pushTo(Queue& queue, std::size_t limit, std::size_t kind, T&& value);

    const QueueLimits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable settled_changed_;
    std::deque<std::unique_ptr<IngestItem>> items_;
    std::deque<domain::DeliveryResult> results_;
    std::deque<domain::AuditEntry> audit_;
    std::vector<std::shared_ptr<Posted>> commands_;
    Counts pushed_{};
    Counts taken_{};
    Counts settled_{};
    bool sleeping_ = false;
    bool lingering_ = false;
    int hurried_ = 0; // callers in awaitSettled()
    bool closed_ = false;
};

} // namespace hookgate::store
