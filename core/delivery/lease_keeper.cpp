#include "core/delivery/lease_keeper.hpp"

#include "core/base/thread.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace hookgate::delivery {
namespace {

using namespace std::chrono_literals;

// The rhythm when nothing wakes the thread: one look and perhaps one claim each time.
constexpr auto kIdlePeriod = 1000ms;
// The shortest time between two turns for reasons of time alone.
constexpr auto kShortestWait = 20ms;
// Between two claims, whatever the reason.
constexpr auto kClaimGap = 5ms;
constexpr std::size_t kRenewalsPerTrip = 256;
// Also bounds what a claim may bring into memory before it is weighed.
constexpr std::size_t kClaimsPerTrip = 256;
// What is left for the trip to the store before a lease becomes too short to send.
constexpr auto kRenewalReserve = 10s;
// Of an integration that is held back over and over: the next line comes when it was not for as
// long.
constexpr auto kHeldLineGap = 1min;

} // namespace

bool canDeliver(const plugin::ActiveIntegration& integration) noexcept {
    return integration.record.active && integration.provider != nullptr &&
           !integration.callback_url.empty();
}

LeaseKeeper::LeaseKeeper(const DeliveryOptions& options, Collaborators collaborators,
                         std::function<void()> arrived)
    : lease_{options.lease()},
      held_back_{options.held_back},
      renew_below_{std::max<std::chrono::milliseconds>(options.lease() * 2 / 3,
                                                       options.delivery_timeout + kRenewalReserve)},
      with_{collaborators},
      arrived_{std::move(arrived)} {}

LeaseKeeper::~LeaseKeeper() {
    stop();
}

void LeaseKeeper::start() {
    thread_ = base::startThread("delivery-lease", [this] { run(); });
}

void LeaseKeeper::wake() noexcept {
    {
        const std::lock_guard lock{mutex_};
        woken_ = true;
    }
    work_.notify_one();
}

void LeaseKeeper::expectDue(std::chrono::milliseconds delay) noexcept {
    if (delay >= kIdlePeriod) return; // a look comes before that
    {
        const std::lock_guard lock{mutex_};
        expected_ = std::min(expected_, Steady::now() + delay);
    }
    work_.notify_one();
}

void LeaseKeeper::attend(WaitingRoom::Needs needs) noexcept {
    if (!needs.claim && !needs.renewal) return;
    {
        const std::lock_guard lock{mutex_};
        woken_ = woken_ || needs.claim;
        renewal_needed_ = renewal_needed_ || needs.renewal;
    }
    work_.notify_one();
}

void LeaseKeeper::giveBack(const domain::WorkRef& ref) noexcept {
    try {
        const std::lock_guard lock{mutex_};
        given_back_.push_back(ref);
    } catch (const std::exception&) {
        return; // the lease runs out instead
    }
    work_.notify_one();
}

void LeaseKeeper::holdBack(const plugin::ActiveIntegration& integration) noexcept {
    const auto now = Steady::now();
    try {
        {
            const std::lock_guard lock{mutex_};
            const auto [held, first] = held_until_.try_emplace(integration.record.id, now);
            const bool told = !first && now - held->second < kHeldLineGap;
            held->second = now + held_back_;
            if (told) return;
        }
        with_.log.warning("deliveries held back",
                          {{"provider", integration.record.provider},
                           {"reason", "its plugin cannot be asked now: quarantined or busy"}});
    } catch (const std::exception&) {
        return; // without memory it is tried again sooner
    }
}

bool LeaseKeeper::isHeldBack(const domain::Uuid& id) {
    const std::lock_guard lock{mutex_};
    const auto held = held_until_.find(id);
    return held != held_until_.end() && Steady::now() < held->second;
}

void LeaseKeeper::stop() noexcept {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    work_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void LeaseKeeper::run() {
    while (waitForWork()) {
        try {
            turn();
            store_failed_ = false;
        } catch (const std::exception& e) {
            // Once for each trouble; the store itself reports what is wrong with it.
            if (!store_failed_) with_.log.error("leases not kept", {{"error", e.what()}});
            store_failed_ = true;
            next_look_ = next_renewal_ = Steady::now() + kIdlePeriod;
        }
    }
}

bool LeaseKeeper::waitForWork() {
    std::unique_lock lock{mutex_};
    for (;;) {
        if (stopped_) return false;
        // A store in trouble gets its rest, whatever happens.
        const bool urgent = !store_failed_ && (woken_ || renewal_needed_ || !given_back_.empty());
        const auto planned = std::min(next_look_, next_renewal_);
        const auto until = store_failed_ ? planned : std::min(planned, expected_);
        if (urgent || Steady::now() >= until) break;
        work_.wait_until(lock, until);
    }
    if (expected_ <= Steady::now()) {
        expected_ = Steady::time_point::max();
        woken_ = true;
    }
    claim_now_ = claim_now_ || std::exchange(woken_, false);
    if (std::exchange(renewal_needed_, false)) next_renewal_ = {};
    return true;
}

void LeaseKeeper::turn() {
    std::vector<domain::WorkRef> refs;
    {
        const std::lock_guard lock{mutex_};
        refs.swap(given_back_);
    }
    release(std::move(refs));
    if (Steady::now() >= next_renewal_) renew();
    const auto now = Steady::now();
    if (claim_now_ && now < next_claim_) { // a flood of reasons makes few trips to the store
        claim_now_ = false;
        due_at_next_look_ = true;
        next_look_ = std::min(next_look_, next_claim_);
    }
    if (claim_now_ || now >= next_look_) claimWhatIsDue();
}

void LeaseKeeper::release(std::vector<domain::WorkRef> refs) {
    if (!refs.empty()) with_.store.release(refs);
}

void LeaseKeeper::renew() {
    next_renewal_ = Steady::now() + kIdlePeriod;
    const auto below = with_.clock.bootMs() + renew_below_.count();
    for (;;) {
        auto waiting = with_.room.takeForRenewal(below, kRenewalsPerTrip);
        if (waiting.empty()) return;
        const bool last = waiting.size() < kRenewalsPerTrip;
        try {
            renewSome(waiting);
        } catch (...) {
            with_.room.putRenewed(std::move(waiting));
            throw;
        }
        if (last) return;
    }
}

void LeaseKeeper::renewSome(std::vector<Waiting>& waiting) {
    std::vector<domain::WorkRef> refs;
    refs.reserve(waiting.size());
    for (const auto& one : waiting)
        refs.push_back(one.item.ref);
    const auto renewal = with_.store.renew(refs, lease_);
    std::vector<Waiting> renewed;
    renewed.reserve(waiting.size());
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        const auto claim = i < renewal.claims.size() ? renewal.claims[i] : std::nullopt;
        if (!claim) { // somebody else's by now
            with_.room.drop(waiting[i]);
            continue;
        }
        waiting[i].item.ref.claim = *claim;
        waiting[i].item.lease_expires = renewal.lease_expires;
        renewed.push_back(std::move(waiting[i]));
    }
    waiting.clear();
    with_.room.putRenewed(std::move(renewed));
    arrived_();
}

void LeaseKeeper::claimWhatIsDue() {
    const bool due = std::exchange(claim_now_, false) || due_at_next_look_;
    due_at_next_look_ = false;
    next_look_ = Steady::now() + kIdlePeriod;
    auto requests = with_.room.claimRequests(claimableIntegrations());
    if (requests.empty()) return; // attend() tells when there is room again
    if (!due && !somethingIsDue()) return;
    const bool more = claim(std::move(requests));
    next_claim_ = Steady::now() + kClaimGap;
    if (more) {
        next_look_ = Steady::now() + kShortestWait;
        due_at_next_look_ = true;
    } else if (due) {
        // What is still due is not for us: it has until the next look.
        somethingIsDue();
    }
}

bool LeaseKeeper::somethingIsDue() {
    const auto wait = with_.store.untilNextDue();
    if (!wait || *wait >= kIdlePeriod) return false;
    if (*wait <= 0ms) return true;
    next_look_ = Steady::now() + std::max<std::chrono::milliseconds>(*wait, kShortestWait);
    due_at_next_look_ = true;
    return false;
}

bool LeaseKeeper::claim(std::vector<store::ClaimRequest> requests) {
    const auto each = std::max<std::size_t>(1, kClaimsPerTrip / requests.size());
    for (auto& request : requests)
        request.free_slots = std::min(request.free_slots, each);
    auto items = with_.store.claim(requests, lease_);

    std::vector<domain::WorkRef> too_much;
    bool more = false;
    for (const auto& request : requests) {
        const auto got = std::count_if(items.begin(), items.end(), [&](const auto& item) {
            return item.integration_id == request.integration_id;
        });
        if (static_cast<std::size_t>(got) < request.free_slots) continue;
        more = true;
        with_.room.moreDue(request.integration_id);
    }
    for (auto& item : items)
        if (!with_.room.admit(item)) too_much.push_back(item.ref);
    if (!items.empty()) arrived_();
    release(std::move(too_much));
    return more;
}

std::vector<domain::Uuid> LeaseKeeper::claimableIntegrations() {
    std::vector<domain::Uuid> ids;
    const auto snapshot = with_.directory.snapshot();
    ids.reserve(snapshot->by_id.size());
    for (const auto& [id, integration] : snapshot->by_id) {
        if (isHeldBack(id)) continue;
        if (canDeliver(*integration)) {
            ids.push_back(id);
            held_.erase(id);
        } else {
            noteHeld(id, *integration);
        }
    }
    return ids;
}

void LeaseKeeper::noteHeld(const domain::Uuid& id, const plugin::ActiveIntegration& integration) {
    if (!integration.record.active || !held_.insert(id).second) return;
    with_.log.warning("deliveries held back", {{"provider", integration.record.provider},
                                               {"reason", integration.unavailable_because}});
}

void LeaseKeeper::releaseEverything() noexcept {
    try {
        std::vector<domain::WorkRef> refs;
        {
            const std::lock_guard lock{mutex_};
            refs.swap(given_back_);
        }
        for (const auto& waiting : with_.room.takeAll())
            refs.push_back(waiting.item.ref);
        release(std::move(refs));
    } catch (const std::exception& e) {
        with_.log.warning("leases not released", {{"error", e.what()}});
    }
}

} // namespace hookgate::delivery
