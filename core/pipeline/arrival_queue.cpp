#include "core/pipeline/arrival_queue.hpp"

#include <tuple>
#include <utility>

namespace hookgate::pipeline {

bool ArrivalQueue::push(std::string_view provider, Intake::Arrival&& arrival) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (closed_ || size_ >= capacity_) return false;
        auto found = lines_.find(provider);
        if (found == lines_.end()) found = lines_.try_emplace(std::string{provider}).first;
        auto& line = found->second;
        if (line.arrivals.size() >= (capacity_ + 1) / 2) return false;
        if (line.arrivals.empty()) line.place = ++places_;
        line.arrivals.push_back(std::move(arrival));
        ++size_;
        wake = waiting_ > 0;
    }
    if (wake) filled_.notify_one();
    return true;
}

bool ArrivalQueue::take(Turn& turn, std::size_t most) {
    std::unique_lock lock{mutex_};
    if (turn.line_ != nullptr) --std::exchange(turn.line_, nullptr)->turns;
    ++waiting_;
    filled_.wait(lock, [this] { return closed_ || size_ > 0; });
    --waiting_;
    if (size_ == 0) return false;

    auto& line = next();
    turn.line_ = &line;
    ++line.turns;
    while (!line.arrivals.empty() && most-- > 0) {
        turn.arrivals.push_back(std::move(line.arrivals.front()));
        line.arrivals.pop_front();
        --size_;
    }
    line.place = ++places_;
    // Another worker may sleep although something is left: pass the wake-up on.
    if (size_ > 0 && waiting_ > 0) filled_.notify_one();
    return true;
}

void ArrivalQueue::close() {
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    filled_.notify_all();
}

ArrivalQueue::Line& ArrivalQueue::next() {
    Line* best = nullptr;
    for (auto& [provider, line] : lines_) {
        if (line.arrivals.empty()) continue;
        if (best == nullptr ||
            std::tie(line.turns, line.place) < std::tie(best->turns, best->place))
            best = &line;
    }
    return *best;
}

} // namespace hookgate::pipeline
