#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace hookgate::base {

// A bounded queue between threads whose readers take everything that waits at once, so that batches
// grow by themselves under load and one wake-up serves many items. Any number of writers and
// readers.
template <class T>
class BatchQueue {
public:
    explicit BatchQueue(std::size_t capacity) : capacity_{capacity} {}

    // False when the queue is full or closed; `item` is then untouched.
    bool push(T&& item) {
        bool wake = false;
        {
            const std::lock_guard lock{mutex_};
            if (closed_ || items_.size() >= capacity_) return false;
            items_.push_back(std::move(item));
            wake = waiting_ > 0;
        }
        if (wake) readable_.notify_one();
        return true;
    }

    // Waits for at least one item and appends up to `most` of them to `out`.
    // False: closed and empty, the reader is done.
    bool take(std::vector<T>& out, std::size_t most) {
        std::unique_lock lock{mutex_};
        ++waiting_;
        readable_.wait(lock, [this] { return closed_ || !items_.empty(); });
        --waiting_;
        return move(out, most);
    }

    // As take(), but returns after `patience` with nothing when nothing came.
    bool takeFor(std::vector<T>& out, std::size_t most, std::chrono::milliseconds patience) {
        std::unique_lock lock{mutex_};
        ++waiting_;
        readable_.wait_for(lock, patience, [this] { return closed_ || !items_.empty(); });
        --waiting_;
        if (!closed_ && items_.empty()) return true;
        return move(out, most);
    }

    // No further push succeeds; readers drain what is left.
    void close() {
        {
            const std::lock_guard lock{mutex_};
            closed_ = true;
        }
        readable_.notify_all();
    }

    std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return items_.size();
    }

private:
    // REQUIRES: mutex_ held.
    bool move(std::vector<T>& out, std::size_t most) {
        if (items_.empty()) return false;
        while (!items_.empty() && most-- > 0) {
            out.push_back(std::move(items_.front()));
            items_.pop_front();
        }
        // Another reader may sleep although items are left: pass the wake-up on.
        if (!items_.empty() && waiting_ > 0) readable_.notify_one();
        return true;
    }

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable readable_;
    std::deque<T> items_;
    std::size_t waiting_ = 0;
    bool closed_ = false;
};

} // namespace hookgate::base
