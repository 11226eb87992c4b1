#pragma once

#include "core/domain/records.hpp"
#include "core/store/event_store.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace hookgate::delivery {

struct RoomLimits {
    std::size_t waiting = 1024; // per integration: reserved, handed over and claimed
    std::size_t sending = 64;   // per integration
    std::size_t bytes = std::size_t{64} * 1024 * 1024;
};

struct Waiting {
    domain::WorkItem item;
    bool claimed = false; // from the store, not from ingest
};

// The events this process holds, bounded for each integration and in bytes. A place goes through
// reserved -> waiting -> sending -> gone. Some of an integration's places, at most a quarter, are
// kept for what is claimed, and both kinds take turns, so that a stream of new events cannot starve
// the backlog; an integration holds at most a quarter of the bytes unless it holds nothing else, so
// that one dead callback cannot take the memory of the others. Safe to call from any thread; holds
// its lock for short work only.
class WaitingRoom {
public:
    explicit WaitingRoom(RoomLimits limits);

    // ---- ingest
    bool reserve(const domain::Uuid& integration_id, std::size_t bytes) noexcept;
    void cancel(const domain::Uuid& integration_id, std::size_t bytes) noexcept;
    // Fills a reserved place. False: the room is shut, the item is gone and its lease runs out.
    bool fill(domain::WorkItem item) noexcept;

    // ---- the send loop

    // What has to be done by whoever keeps the leases.
    struct Needs {
        bool renewal = false; // something waits whose lease is too short
        bool claim = false;   // there is room again for an integration that has more due
    };

    // Moves up to `most` events from waiting to sending, in turns over the integrations. What is
    // leased to `sendable_until` or less is not sent but set aside for renewal.
    Needs take(std::vector<Waiting>& out, std::size_t most, domain::BootMs sendable_until);
    // Sending to waiting, to be renewed before it is tried again.
    void setAside(Waiting waiting);
    // Sending to gone.
    Needs ended(const domain::Uuid& integration_id, std::size_t bytes) noexcept;

    // ---- the lease keeper

    // How much may be claimed for each of these integrations now; those with no room worth a claim
    // are left out.
    std::vector<store::ClaimRequest> claimRequests(std::span<const domain::Uuid> integrations);
    // False: it does not fit, the caller gives it back to the store.
    bool admit(domain::WorkItem& item);
    // The last claim filled the request: more is due.
    void moreDue(const domain::Uuid& integration_id);

    // Takes out up to `most` events leased to less than `below`; they keep their places until
    // putRenewed() or drop().
    std::vector<Waiting> takeForRenewal(domain::BootMs below, std::size_t most);
    void putRenewed(std::vector<Waiting> renewed);
    void drop(const Waiting& waiting) noexcept;

    // ---- the end

    // No further reservations.
    void close() noexcept;
    // Everything that waits, with its places given back.
    std::vector<Waiting> takeAll();
    // fill() keeps nothing any more.
    void shut() noexcept;

    struct Usage {
        std::size_t reserved = 0;
        std::size_t waiting = 0;
        std::size_t sending = 0;
        std::size_t bytes = 0;
        bool operator==(const Usage&) const = default;
    };

    Usage usage() const;

private:
    struct Queue {
        std::deque<domain::WorkItem> handed;
        std::deque<domain::WorkItem> claimed;
        std::size_t reserved = 0;
        std::size_t handed_away = 0; // taken out for renewal
        std::size_t claimed_away = 0;
        std::size_t sending = 0;
        std::size_t bytes = 0;
        bool more_due = false;
        bool claimed_next = false;

        std::size_t handedPlaces() const { return reserved + handed.size() + handed_away; }

        std::size_t claimedPlaces() const { return claimed.size() + claimed_away; }

        bool holdsNothing() const { return handedPlaces() + claimedPlaces() + sending == 0; }
    };

    // All REQUIRE mutex_ held.
    Queue& queueOf(const domain::Uuid& integration_id);
    bool fits(const Queue& queue, std::size_t bytes) const noexcept;
    std::size_t claimable(const Queue& queue) const noexcept;
    bool wantsClaim(const Queue& queue) const noexcept;
    void charge(Queue& queue, std::size_t bytes) noexcept;
    void uncharge(Queue& queue, std::size_t bytes) noexcept;
    bool takeOne(Queue& queue, std::vector<Waiting>& out, domain::BootMs sendable_until);
    void collectForRenewal(std::deque<domain::WorkItem>& from, bool claimed, std::size_t& away,
                           domain::BootMs below, std::size_t most, std::vector<Waiting>& out);

    const RoomLimits limits_;
    const std::size_t claimed_limit_; // places of an integration for what is claimed
    const std::size_t handed_limit_;

    mutable std::mutex mutex_;
    std::unordered_map<domain::Uuid, Queue> queues_;
    std::vector<Queue*> order_; // of queues_, whose nodes stay where they are
    std::size_t turn_ = 0;
    std::vector<Waiting> short_leases_; // counted as away
    std::size_t queued_ = 0;            // in the deques of all integrations
    std::size_t bytes_ = 0;
    std::size_t claimed_size_ = 4096; // what a claimed event is expected to weigh
    bool closed_ = false;
    bool shut_ = false;
};

} // namespace hookgate::delivery
