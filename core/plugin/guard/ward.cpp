#include "core/plugin/guard/ward.hpp"

#include <algorithm>
#include <utility>

namespace hookgate::plugin::guard {

using std::chrono::milliseconds;

Ward::Ward(std::string provider, std::string sha256, bool isolated, const Limits& limits,
           const base::Clock& clock)
    : provider_{std::move(provider)},
      sha256_{std::move(sha256)},
      isolated_{isolated},
      limits_{limits},
      clock_{clock} {}

std::string Ward::enter(Call& call) {
    std::unique_lock lock{mutex_};
    auto& calls = callsOf(call.step);
    const auto most = limits_.callsMax(laneOf(call.step));
    while (!quarantined_ && calls.size() >= most) {
        const auto& oldest = *calls.front();
        const auto patience =
            limits_.budgetOf(oldest.step) - milliseconds{clock_.bootMs() - oldest.began};
        if (patience.count() <= 0)
            return "all calls it may have at once are under way, and over their budget";
        changed_.wait_for(lock, patience);
    }
    if (quarantined_) return "it is quarantined: " + *quarantined_;
    call.began = clock_.bootMs();
    calls.push_back(&call);
    return {};
}

Ward::Left Ward::leave(Call& call) noexcept {
    Left left{.took = milliseconds{clock_.bootMs() - call.began}};
    left.over_budget = left.took > limits_.budgetOf(call.step);
    {
        const std::lock_guard lock{mutex_};
        left.was_stuck = call.stuck;
        std::erase(callsOf(call.step), &call);
    }
    changed_.notify_one();
    return left;
}

std::vector<Ward::Stuck> Ward::takeStuck() {
    std::vector<Stuck> stuck;
    if (isolated_) return stuck;
    const auto now = clock_.bootMs();
    const std::lock_guard lock{mutex_};
    for (auto& calls : calls_)
        for (auto* const call : calls) {
            const auto most = limits_.budgetOf(call->step) * limits_.stuck_after_budgets;
            if (call->stuck || milliseconds{now - call->began} <= most) continue;
            call->stuck = true;
            stuck.push_back({call->step, std::string{call->correlation_id}});
        }
    return stuck;
}

bool Ward::quarantine(std::string reason) {
    {
        const std::lock_guard lock{mutex_};
        if (quarantined_) return false;
        quarantined_ = std::move(reason);
    }
    changed_.notify_all();
    return true;
}

bool Ward::release() {
    bool was = false;
    {
        const std::lock_guard lock{mutex_};
        was = std::exchange(quarantined_, std::nullopt).has_value();
        for (auto& calls : calls_)
            std::erase_if(calls, [](const Call* call) { return call->stuck; });
    }
    changed_.notify_all();
    return was;
}

std::optional<std::string> Ward::quarantined() const {
    const std::lock_guard lock{mutex_};
    return quarantined_;
}

} // namespace hookgate::plugin::guard
