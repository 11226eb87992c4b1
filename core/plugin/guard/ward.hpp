#pragma once

#include "core/base/clock.hpp"
#include "core/plugin/call_figures.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::guard {

// Threads that call plugins for one purpose; what is stuck in one lane leaves the other alone.
enum class Lane { Ingress, Format };

inline constexpr std::size_t kLanes = 2;

constexpr Lane laneOf(Step step) noexcept {
    return step == Step::Format ? Lane::Format : Lane::Ingress;
}

// What calls may take.
struct Limits {
    std::chrono::milliseconds verify_budget{50};
    std::chrono::milliseconds other_budget{200};
    // Calls of one provider at once, in each lane.
    std::size_t ingress_calls_max = 1;
    std::size_t format_calls_max = 1;
    // A call that takes longer than this many times its budget does not come back: it is stuck.
    int stuck_after_budgets = 10;

    std::chrono::milliseconds budgetOf(Step step) const noexcept {
        return step == Step::Verify ? verify_budget : other_budget;
    }

    std::size_t callsMax(Lane lane) const noexcept {
        return lane == Lane::Ingress ? ingress_calls_max : format_calls_max;
    }
};

// The calls of one provider's code, whatever integration they are for: how many there are at once,
// how long they take, and whether there are to be any. Safe to use from any thread.
class Ward {
public:
    // One call, on the stack of its thread from enter() to leave().
    struct Call {
        Step step = Step::Verify;
        base::BootMs began = 0;
        std::string_view correlation_id{};
        bool stuck = false;
    };

    // A call that was found to be stuck.
    struct Stuck {
        Step step = Step::Verify;
        std::string correlation_id{};
    };

    // `isolated`: the code runs in processes of its own, and whoever keeps those ends their calls.
    Ward(std::string provider, std::string sha256, bool isolated, const Limits& limits,
         const base::Clock& clock);

    bool isolated() const noexcept { return isolated_; }

    const std::string& provider() const noexcept { return provider_; }

    const std::string& sha256() const noexcept { return sha256_; }

    // Empty: the call may begin. Otherwise why it may not. Waits while too many calls are under way
    // and all of them are within their budget, and no longer.
    std::string enter(Call& call);

    // What the call took; `was_stuck`: its thread was given up before.
    struct Left {
        std::chrono::milliseconds took{};
        bool over_budget = false;
        bool was_stuck = false;
    };

    Left leave(Call& call) noexcept;

    // Calls that are stuck and were not told before.
    std::vector<Stuck> takeStuck();

    // False: it was so already, and the reason stays.
    bool quarantine(std::string reason);
    // False: it was not quarantined. Calls that were found to be stuck count no longer among those
    // that the provider may have at once: their threads are lost, and it would never serve again.
    bool release();
    // Why the provider is not called; nullopt: it is.
    std::optional<std::string> quarantined() const;

private:
    std::vector<Call*>& callsOf(Step step) noexcept {
        return calls_.at(static_cast<std::size_t>(laneOf(step)));
    }

    const std::string provider_;
    const std::string sha256_;
    const bool isolated_;
    const Limits limits_;
    const base::Clock& clock_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // What counts against the share, in the order of its beginning.
    std::array<std::vector<Call*>, kLanes> calls_;
    std::optional<std::string> quarantined_;
};

} // namespace hookgate::plugin::guard
