#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/delivery/delivery.hpp"
#include "core/delivery/waiting_room.hpp"
#include "core/plugin/directory.hpp"
#include "core/store/event_store.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace hookgate::delivery {

// Whether events of this integration can be sent at all. Those of others stay in the store, due:
// nothing is tried, so nothing of their retry budget is used up.
bool canDeliver(const plugin::ActiveIntegration& integration) noexcept;

// The thread that talks to the store about leases: claims what is due for integrations with free
// places, renews the leases of what waits, gives back what cannot be sent here. Idle it makes at
// most two round trips a second. Public functions are safe to call from any thread.
class LeaseKeeper {
public:
    struct Collaborators {
        WaitingRoom& room;
        store::EventStore& store;
        const plugin::Directory& directory;
        base::Log& log;
        const base::Clock& clock;
    };

    // `arrived` is called when claimed or renewed events wait in the room.
    LeaseKeeper(const DeliveryOptions& options, Collaborators collaborators,
                std::function<void()> arrived);
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

    void start();

    // Claims at once.
    void wake() noexcept;
    // A retry was scheduled that is due then.
    void expectDue(std::chrono::milliseconds delay) noexcept;
    // Does what the room needs.
    void attend(WaitingRoom::Needs needs) noexcept;
    // Releases an event that was never sent; its places are already given back.
    void giveBack(const domain::WorkRef& ref) noexcept;

    // Claims nothing for this integration for a while: its plugin cannot be asked now. What is due
    // stays due, for other nodes too.
    void holdBack(const plugin::ActiveIntegration& integration) noexcept;

    // Ends and joins the thread; idempotent.
    void stop() noexcept;
    // Releases everything that waits in the room and was given back. REQUIRES: stop() has returned.
    void releaseEverything() noexcept;

private:
    using Steady = std::chrono::steady_clock;

    void run();
    bool waitForWork();
    void turn();
    void release(std::vector<domain::WorkRef> refs);
    void renew();
    void renewSome(std::vector<Waiting>& waiting);
    void claimWhatIsDue();
    // Sets the next look to when it will be.
    bool somethingIsDue();
    std::vector<domain::Uuid> claimableIntegrations();
    bool isHeldBack(const domain::Uuid& id);
    // True: more is due than there was room for.
    bool claim(std::vector<store::ClaimRequest> requests);
    void noteHeld(const domain::Uuid& id, const plugin::ActiveIntegration& integration);

    const std::chrono::milliseconds lease_;
    const std::chrono::milliseconds held_back_;
    const std::chrono::milliseconds renew_below_; // leases with less than this are renewed
    Collaborators with_;
    std::function<void()> arrived_;

    std::mutex mutex_;
    std::condition_variable work_;
    std::vector<domain::WorkRef> given_back_;
    std::unordered_map<domain::Uuid, Steady::time_point> held_until_; // no claims before that
    Steady::time_point expected_ = Steady::time_point::max();
    bool woken_ = false;
    bool renewal_needed_ = false;
    bool stopped_ = false;

    // Of the thread alone.
    bool claim_now_ = true;
    bool due_at_next_look_ = false; // known: claims then without asking again
    Steady::time_point next_look_{};
    Steady::time_point next_claim_{};
    Steady::time_point next_renewal_{};
    std::unordered_set<domain::Uuid> held_; // integrations that cannot deliver, reported once
    bool store_failed_ = false;
    std::jthread thread_;
};

} // namespace hookgate::delivery
