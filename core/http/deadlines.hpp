#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace hookgate::http {

using SteadyTime = std::chrono::steady_clock::time_point;

// When each connection of a loop wants to be looked at. One entry a connection, moved only to an
// earlier time or when it is due: a request on a kept-alive connection costs nothing here. Not
// thread-safe.
class Deadlines {
public:
    void add(std::uint32_t id, SteadyTime when) { entries_.emplace(when, id); }

    // REQUIRES: `id` is in here for `from`.
    void move(std::uint32_t id, SteadyTime from, SteadyTime to) {
        auto entry = entries_.extract({from, id});
        entry.value().first = to;
        entries_.insert(std::move(entry));
    }

    void remove(std::uint32_t id, SteadyTime when) { entries_.erase({when, id}); }

    // Whose time has come, if there is one; the entry stays.
    std::optional<std::uint32_t> due(SteadyTime now) const {
        if (entries_.empty() || entries_.begin()->first > now) return std::nullopt;
        return entries_.begin()->second;
    }

    // Milliseconds to the first one, rounded up, in the form epoll_wait takes; -1: there is none.
    int waitMs(SteadyTime now) const {
        if (entries_.empty() || entries_.begin()->first == SteadyTime::max()) return -1;
        const auto wait =
            std::chrono::ceil<std::chrono::milliseconds>(entries_.begin()->first - now);
        if (wait.count() <= 0) return 0;
        return wait.count() < kLongestWaitMs ? static_cast<int>(wait.count()) : kLongestWaitMs;
    }

private:
    static constexpr int kLongestWaitMs = 60'000;

    std::set<std::pair<SteadyTime, std::uint32_t>> entries_;
};

} // namespace hookgate::http
