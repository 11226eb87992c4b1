#include "core/store/write_queues.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hookgate::store {
namespace {

constexpr std::size_t kEventsPerTransaction = 256;
constexpr std::size_t kBytesPerTransaction = 1024 * 1024;

enum Kind : std::size_t { Items, Results, Audit };

std::size_t bytesOf(const domain::NewWebhook& webhook) noexcept {
    auto bytes = webhook.body.size() + webhook.headers.size();
    for (const auto& event : webhook.events)
        bytes += event.payload.size();
    return bytes;
}

template <class T>
void moveFront(std::deque<T>& from, std::vector<T>& to, std::size_t most) {
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), most));
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(end));
    from.erase(from.begin(), end);
}

// Returns how many did not fit.
template <class T>
std::size_t moveBack(std::vector<T>& from, std::deque<T>& to, std::size_t limit) {
    const auto room = limit - std::min(limit, to.size());
    const auto kept = from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), room));
    const auto dropped = static_cast<std::size_t>(from.end() - kept);
    to.insert(to.begin(), std::make_move_iterator(from.begin()), std::make_move_iterator(kept));
    from.clear();
    return dropped;
}

} // namespace

template <class T, class Queue>
bool WriteQueues::pushTo(Queue& queue, std::size_t limit, std::size_t kind, T&& value) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (closed_ || queue.size() >= limit) return false;
        queue.push_back(std::forward<T>(value));
        ++pushed_[kind];
        wake = std::exchange(sleeping_, false) ||
               (lingering_ && kind == Results && queue.size() >= limits_.results_wanted);
    }
    if (wake) wake_.notify_one();
    return true;
}

bool WriteQueues::push(std::unique_ptr<IngestItem>& item) {
    return pushTo(items_, limits_.items, Items, std::move(item));
}

bool WriteQueues::push(domain::DeliveryResult&& result) {
    return pushTo(results_, limits_.results, Results, std::move(result));
}

bool WriteQueues::push(domain::AuditEntry&& entry) {
    return pushTo(audit_, limits_.audit, Audit, std::move(entry));
}

void WriteQueues::post(const std::shared_ptr<Posted>& posted) {
    {
        const std::lock_guard lock{mutex_};
        if (closed_) throw StoreError{"the store is closing", true};
        commands_.push_back(posted);
        sleeping_ = false;
    }
    wake_.notify_one();
}

void WriteQueues::withdraw(const std::shared_ptr<Posted>& posted) noexcept {
    const std::lock_guard lock{mutex_};
    std::erase(commands_, posted);
}

bool WriteQueues::something() const noexcept {
    return closed_ || !items_.empty() || !results_.empty() || !audit_.empty() || !commands_.empty();
}

void WriteQueues::wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience) {
    if (something()) return;
    sleeping_ = true;
    if (patience == std::chrono::milliseconds::max())
        wake_.wait(lock, [this] { return something(); });
    else
        wake_.wait_for(lock, patience, [this] { return something(); });
    sleeping_ = false;
}

void WriteQueues::linger(std::unique_lock<std::mutex>& lock) {
    if (limits_.linger.count() == 0 || results_.empty()) return;
    lingering_ = true;
    wake_.wait_for(lock, limits_.linger, [this] {
        return closed_ || hurried_ > 0 || results_.size() >= limits_.results_wanted;
    });
    lingering_ = false;
}

void WriteQueues::takeItems(Batch& batch) {
    std::size_t events = 0;
    std::size_t bytes = 0;
    while (!items_.empty()) {
        const auto& webhook = items_.front()->webhook;
        events += webhook.events.size();
        bytes += bytesOf(webhook);
        // One that is larger than a transaction should be has one to itself.
        const bool fits = events <= kEventsPerTransaction && bytes <= kBytesPerTransaction;
        if (!fits && !batch.items.empty()) return;
        batch.items.push_back(std::move(items_.front()));
        items_.pop_front();
    }
}

bool WriteQueues::take(Batch& batch, std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    wait(lock, patience);
    linger(lock);
    takeItems(batch);
    moveFront(results_, batch.results, limits_.results_per_transaction);
    moveFront(audit_, batch.audit, limits_.audit);
    batch.commands.swap(commands_);
    taken_ = {batch.items.size(), batch.results.size(), batch.audit.size()};
    return !(closed_ && batch.empty());
}

std::size_t WriteQueues::putBack(Batch& batch) {
    const std::lock_guard lock{mutex_};
    const auto size = [&] { return std::pair{results_.size(), audit_.size()}; };
    const auto [results, audit] = size();
    const auto dropped = moveBack(batch.results, results_, closed_ ? 0 : limits_.results) +
                         moveBack(batch.audit, audit_, closed_ ? 0 : limits_.audit);
    taken_[Results] -= results_.size() - results;
    taken_[Audit] -= audit_.size() - audit;
    return dropped;
}

void WriteQueues::settle() {
    {
        const std::lock_guard lock{mutex_};
        for (std::size_t kind = 0; kind < settled_.size(); ++kind)
            settled_[kind] += std::exchange(taken_[kind], 0);
    }
    settled_changed_.notify_all();
}

bool WriteQueues::awaitSettled(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    const auto target = pushed_;
    ++hurried_;
    wake_.notify_all();
    const bool settled = settled_changed_.wait_for(lock, patience, [&] {
        return settled_[Items] >= target[Items] && settled_[Results] >= target[Results] &&
               settled_[Audit] >= target[Audit];
    });
    --hurried_;
    return settled;
}

void WriteQueues::close() {
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    wake_.notify_all();
}

void WriteQueues::pause(std::chrono::milliseconds duration) {
    std::unique_lock lock{mutex_};
    wake_.wait_for(lock, duration, [this] { return closed_; });
}

} // namespace hookgate::store
