#pragma once

#include "core/base/ip_network.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace hookgate::http {

// What all loops of a server count together. Safe to call from any thread.
class SharedLimits {
public:
    SharedLimits(std::size_t connections_max, std::size_t per_peer_max,
                 std::size_t buffered_bytes_max)
        : connections_max_{connections_max},
          per_peer_max_{per_peer_max},
          buffered_bytes_max_{buffered_bytes_max} {}

    // False: one connection too many. `limited_by_peer`: not for trusted proxies.
    bool admit(const std::string& peer, bool limited_by_peer) {
        const std::lock_guard lock{mutex_};
        if (connections_ >= connections_max_) return false;
        if (limited_by_peer) {
            auto& count = by_peer_[base::clientRangeOf(peer)];
            if (count >= per_peer_max_) return false;
            ++count;
        }
        ++connections_;
        return true;
    }

    void leave(const std::string& peer, bool limited_by_peer) {
        const std::lock_guard lock{mutex_};
        if (--connections_ == 0) empty_.notify_all();
        if (!limited_by_peer) return;
        const auto found = by_peer_.find(base::clientRangeOf(peer));
        if (found != by_peer_.end() && --found->second == 0) by_peer_.erase(found);
    }

    void listenerOpened() {
        const std::lock_guard lock{mutex_};
        ++listeners_;
    }

    void listenerClosed() {
        const std::lock_guard lock{mutex_};
        if (--listeners_ == 0) empty_.notify_all();
    }

    std::size_t connections() const {
        const std::lock_guard lock{mutex_};
        return connections_;
    }

    // False: `patience` ran out before the last listener and the last connection were gone.
    bool waitEmpty(std::chrono::milliseconds patience) {
        std::unique_lock lock{mutex_};
        return empty_.wait_for(lock, patience,
                               [this] { return connections_ == 0 && listeners_ == 0; });
    }

    // False: with these the bodies that wait for an answer would be too many.
    bool reserve(std::size_t bytes) noexcept {
        if (buffered_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <=
            buffered_bytes_max_)
            return true;
        free(bytes);
        return false;
    }

    void free(std::size_t bytes) noexcept {
        buffered_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    }

    std::size_t bufferedBytes() const noexcept {
        return buffered_bytes_.load(std::memory_order_relaxed);
    }

private:
    const std::size_t connections_max_;
    const std::size_t per_peer_max_;
    const std::size_t buffered_bytes_max_;
    std::atomic<std::size_t> buffered_bytes_{0};
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::size_t connections_ = 0;
    std::size_t listeners_ = 0;
    std::unordered_map<std::string, std::size_t> by_peer_; // by its range (base/ip_network)
};

} // namespace hookgate::http
