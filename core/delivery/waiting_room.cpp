#include "core/delivery/waiting_room.hpp"

#include <algorithm>
#include <new>
#include <ranges>
#include <utility>

namespace hookgate::delivery {
namespace {

constexpr std::size_t kClaimedShare = 4; // one in four places, and of the bytes for one integration
// No more is claimed than is sent soon: should the process die, what was claimed has an unknown
// outcome, and too many of those in a row fail an event that may only have waited.
constexpr std::size_t kClaimedPerSend = 2;

void lessOne(std::size_t& count) noexcept {
    if (count > 0) --count;
}

} // namespace

WaitingRoom::WaitingRoom(RoomLimits limits)
    : limits_{limits},
      claimed_limit_{
          std::clamp<std::size_t>(limits.waiting / kClaimedShare, 1,
                                  std::max<std::size_t>(1, kClaimedPerSend * limits.sending))},
      handed_limit_{
          std::max<std::size_t>(1, limits.waiting - std::min(limits.waiting, claimed_limit_))} {}

WaitingRoom::Queue& WaitingRoom::queueOf(const domain::Uuid& integration_id) {
    const auto found = queues_.find(integration_id);
    if (found != queues_.end()) return found->second;
    order_.reserve(order_.size() + 1);
    auto& queue = queues_[integration_id];
    order_.push_back(&queue);
    return queue;
}

bool WaitingRoom::fits(const Queue& queue, std::size_t bytes) const noexcept {
    if (queue.holdsNothing()) return true;
    return bytes_ + bytes <= limits_.bytes && queue.bytes + bytes <= limits_.bytes / kClaimedShare;
}

void WaitingRoom::charge(Queue& queue, std::size_t bytes) noexcept {
    queue.bytes += bytes;
    bytes_ += bytes;
}

void WaitingRoom::uncharge(Queue& queue, std::size_t bytes) noexcept {
    queue.bytes -= std::min(queue.bytes, bytes);
    bytes_ -= std::min(bytes_, bytes);
}

bool WaitingRoom::reserve(const domain::Uuid& integration_id, std::size_t bytes) noexcept {
    try {
        const std::lock_guard lock{mutex_};
        if (closed_) return false;
        auto& queue = queueOf(integration_id);
        if (queue.handedPlaces() >= handed_limit_ || !fits(queue, bytes)) return false;
        ++queue.reserved;
        charge(queue, bytes);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

void WaitingRoom::cancel(const domain::Uuid& integration_id, std::size_t bytes) noexcept {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(integration_id);
    if (found == queues_.end()) return;
    lessOne(found->second.reserved);
    uncharge(found->second, bytes);
}

bool WaitingRoom::fill(domain::WorkItem item) noexcept {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(item.integration_id);
    if (found == queues_.end()) return false;
    auto& queue = found->second;
    const auto bytes = item.payload.size();
    lessOne(queue.reserved);
    try {
        if (!shut_) {
            queue.handed.push_back(std::move(item));
            ++queued_;
            return true;
        }
    } catch (const std::bad_alloc&) {
        // The lease runs out and the event is claimed again.
    }
    uncharge(queue, bytes);
    return false;
}

bool WaitingRoom::takeOne(Queue& queue, std::vector<Waiting>& out, domain::BootMs sendable_until) {
    while (queue.sending < limits_.sending && queue.handed.size() + queue.claimed.size() > 0) {
        const bool claimed = queue.handed.empty() || (queue.claimed_next && !queue.claimed.empty());
        auto& from = claimed ? queue.claimed : queue.handed;
        queue.claimed_next = !claimed;
        auto& item = from.front();
        const bool sendable = item.lease_expires > sendable_until;
        auto& to = sendable ? out : short_leases_;
        to.push_back({std::move(item), claimed});
        from.pop_front();
        --queued_;
        if (sendable) {
            ++queue.sending;
            return true;
        }
        ++(claimed ? queue.claimed_away : queue.handed_away);
    }
    return false;
}

WaitingRoom::Needs WaitingRoom::take(std::vector<Waiting>& out, std::size_t most,
                                     domain::BootMs sendable_until) {
    Needs needs;
    const std::lock_guard lock{mutex_};
    if (closed_ || queued_ == 0 || order_.empty()) return needs;
    std::size_t without = 0; // queues in a row that gave nothing
    while (most > 0 && without < order_.size()) {
        auto& queue = *order_[turn_++ % order_.size()];
        if (takeOne(queue, out, sendable_until)) {
            --most;
            without = 0;
        } else {
            ++without;
        }
        needs.claim = needs.claim || wantsClaim(queue);
    }
    needs.renewal = !short_leases_.empty();
    return needs;
}

void WaitingRoom::setAside(Waiting waiting) {
    const std::lock_guard lock{mutex_};
    auto& queue = queueOf(waiting.item.integration_id);
    lessOne(queue.sending);
    ++(waiting.claimed ? queue.claimed_away : queue.handed_away);
    short_leases_.push_back(std::move(waiting));
}

WaitingRoom::Needs WaitingRoom::ended(const domain::Uuid& integration_id,
                                      std::size_t bytes) noexcept {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(integration_id);
    if (found == queues_.end()) return {};
    lessOne(found->second.sending);
    uncharge(found->second, bytes);
    return {.claim = wantsClaim(found->second)};
}

// A claim costs a transaction: it waits until half of the places are free.
std::size_t WaitingRoom::claimable(const Queue& queue) const noexcept {
    if (queue.claimedPlaces() > claimed_limit_ / 2) return 0;
    if (queue.holdsNothing() && bytes_ >= limits_.bytes) return 1;
    const auto own = limits_.bytes / kClaimedShare;
    const auto left =
        std::min(limits_.bytes - std::min(limits_.bytes, bytes_), own - std::min(own, queue.bytes));
    const auto slots = std::min(claimed_limit_ - queue.claimedPlaces(), left / claimed_size_);
    return slots == 0 && queue.holdsNothing() ? 1 : slots;
}

bool WaitingRoom::wantsClaim(const Queue& queue) const noexcept {
    return queue.more_due && !closed_ && claimable(queue) > 0;
}

std::vector<store::ClaimRequest> WaitingRoom::claimRequests(
    std::span<const domain::Uuid> integrations) {
    std::vector<store::ClaimRequest> requests;
    const std::lock_guard lock{mutex_};
    if (closed_) return requests;
    for (const auto& id : integrations) {
        auto& queue = queueOf(id);
        const auto slots = claimable(queue);
        if (slots == 0) continue;
        queue.more_due = false;
        requests.push_back({.integration_id = id, .free_slots = slots});
    }
    return requests;
}

bool WaitingRoom::admit(domain::WorkItem& item) {
    const auto bytes = item.payload.size();
    const std::lock_guard lock{mutex_};
    auto& queue = queueOf(item.integration_id);
    if (closed_ || !fits(queue, bytes)) {
        claimed_size_ = std::max(claimed_size_, bytes);
        return false;
    }
    claimed_size_ = std::max<std::size_t>(1, (7 * claimed_size_ + bytes) / 8);
    queue.claimed.push_back(std::move(item));
    ++queued_;
    charge(queue, bytes);
    return true;
}

void WaitingRoom::moreDue(const domain::Uuid& integration_id) {
    const std::lock_guard lock{mutex_};
    queueOf(integration_id).more_due = true;
}

void WaitingRoom::collectForRenewal(std::deque<domain::WorkItem>& from, bool claimed,
                                    std::size_t& away, domain::BootMs below, std::size_t most,
                                    std::vector<Waiting>& out) {
    const auto expires = [below](const domain::WorkItem& item) {
        return item.lease_expires < below;
    };
    if (std::none_of(from.begin(), from.end(), expires)) return;
    std::deque<domain::WorkItem> kept;
    for (auto& item : from) {
        if (out.size() < most && expires(item)) {
            out.push_back({std::move(item), claimed});
            ++away;
            --queued_;
        } else {
            kept.push_back(std::move(item));
        }
    }
    from.swap(kept);
}

std::vector<Waiting> WaitingRoom::takeForRenewal(domain::BootMs below, std::size_t most) {
    std::vector<Waiting> out;
    const std::lock_guard lock{mutex_};
    while (!short_leases_.empty() && out.size() < most) {
        out.push_back(std::move(short_leases_.back()));
        short_leases_.pop_back();
    }
    for (auto* queue : order_) {
        collectForRenewal(queue->handed, false, queue->handed_away, below, most, out);
        collectForRenewal(queue->claimed, true, queue->claimed_away, below, most, out);
    }
    return out;
}

void WaitingRoom::putRenewed(std::vector<Waiting> renewed) {
    const std::lock_guard lock{mutex_};
    // Backwards, so that at the front of the queue they are in their old order.
    for (auto& waiting : std::ranges::reverse_view{renewed}) {
        auto& queue = queueOf(waiting.item.integration_id);
        lessOne(waiting.claimed ? queue.claimed_away : queue.handed_away);
        (waiting.claimed ? queue.claimed : queue.handed).push_front(std::move(waiting.item));
        ++queued_;
    }
}

void WaitingRoom::drop(const Waiting& waiting) noexcept {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(waiting.item.integration_id);
    if (found == queues_.end()) return;
    lessOne(waiting.claimed ? found->second.claimed_away : found->second.handed_away);
    uncharge(found->second, waiting.item.payload.size());
}

void WaitingRoom::close() noexcept {
    const std::lock_guard lock{mutex_};
    closed_ = true;
}

std::vector<Waiting> WaitingRoom::takeAll() {
    std::vector<Waiting> all;
    const std::lock_guard lock{mutex_};
    for (auto& waiting : short_leases_) {
        auto& queue = queueOf(waiting.item.integration_id);
        lessOne(waiting.claimed ? queue.claimed_away : queue.handed_away);
        all.push_back(std::move(waiting));
    }
    short_leases_.clear();
    for (auto* queue : order_) {
        for (auto& item : queue->handed)
            all.push_back({std::move(item), false});
        for (auto& item : queue->claimed)
            all.push_back({std::move(item), true});
        queue->handed.clear();
        queue->claimed.clear();
    }
    queued_ = 0;
    for (const auto& waiting : all)
        uncharge(queueOf(waiting.item.integration_id), waiting.item.payload.size());
    return all;
}

void WaitingRoom::shut() noexcept {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    shut_ = true;
}

WaitingRoom::Usage WaitingRoom::usage() const {
    const std::lock_guard lock{mutex_};
    Usage usage{.bytes = bytes_};
    for (const auto* queue : order_) {
        usage.reserved += queue->reserved;
        usage.waiting +=
            queue->handed.size() + queue->claimed.size() + queue->handed_away + queue->claimed_away;
        usage.sending += queue->sending;
    }
    return usage;
}

} // namespace hookgate::delivery
