#include "core/plugin/guard/guard.hpp"

#include "core/plugin/guard/guarded_provider.hpp"

#include <utility>

namespace hookgate::plugin::guard {
namespace {

constexpr base::BootMs kLineIntervalMs = 10'000;

} // namespace

Guard::Guard(Options options, Observers observers, base::Log& log, const base::Clock& clock)
    : options_{std::move(options)},
      observers_{std::move(observers)},
      log_{log},
      clock_{clock} {}

InstanceFactory Guard::guarded(InstanceFactory inner) {
    return
        [this, inner = std::move(inner)](const ProviderType& type, const InstanceSettings& settings)
            -> base::Result<std::shared_ptr<const Provider>, std::string> {
            auto made = inner(type, settings);
            if (!made) return made;
            return std::shared_ptr<const Provider>{
                std::make_shared<const GuardedProvider>(std::move(*made), wardOf(type), *this)};
        };
}

std::shared_ptr<Ward> Guard::wardOf(const ProviderType& type) {
    std::shared_ptr<Ward> ward;
    {
        const std::lock_guard lock{mutex_};
        auto& known = wards_[{type.info.name, type.sha256}];
        if (known) return known;
        known = std::make_shared<Ward>(type.info.name, type.sha256, type.isolated != nullptr,
                                       options_.limits, clock_);
        ward = known;
    }
    if (!options_.history) return ward;
    auto reason = options_.history(type.sha256);
    if (reason.empty() || !ward->quarantine(reason)) return ward;
    log_.error("plugin quarantined",
               {{"provider", ward->provider()}, {"sha256", ward->sha256()}, {"reason", reason}});
    if (observers_.quarantined) observers_.quarantined(*ward, reason, "system");
    return ward;
}

std::vector<std::shared_ptr<Ward>> Guard::wards() const {
    std::vector<std::shared_ptr<Ward>> all;
    const std::lock_guard lock{mutex_};
    for (const auto& [key, ward] : wards_)
        all.push_back(ward);
    return all;
}

Guard::Change Guard::quarantine(std::string_view provider, const std::string& reason,
                                const std::string& actor) {
    auto change = Change::NotInUse;
    for (const auto& ward : wards()) {
        if (ward->provider() != provider) continue;
        if (change == Change::NotInUse) change = Change::AlreadySo;
        if (!ward->quarantine(reason)) continue;
        change = Change::Done;
        log_.error("plugin quarantined", {{"provider", ward->provider()},
                                          {"sha256", ward->sha256()},
                                          {"reason", reason},
                                          {"actor", actor}});
        if (observers_.quarantined) observers_.quarantined(*ward, reason, actor);
    }
    return change;
}

Guard::Change Guard::release(std::string_view provider, const std::string& actor) {
    auto change = Change::NotInUse;
    for (const auto& ward : wards()) {
        if (ward->provider() != provider) continue;
        if (change == Change::NotInUse) change = Change::AlreadySo;
        if (!ward->release()) continue;
        change = Change::Done;
        log_.information(
            "plugin released",
            {{"provider", ward->provider()}, {"sha256", ward->sha256()}, {"actor", actor}});
        if (observers_.released) observers_.released(*ward, actor);
    }
    return change;
}

std::vector<Quarantined> Guard::quarantined() const {
    std::vector<Quarantined> all;
    for (const auto& ward : wards())
        if (auto reason = ward->quarantined())
            all.push_back({ward->provider(), ward->sha256(), std::move(*reason)});
    return all;
}

void Guard::watch() {
    for (const auto& ward : wards())
        for (const auto& stuck : ward->takeStuck())
            found(*ward, stuck);
}

void Guard::found(Ward& ward, const Ward::Stuck& stuck) {
    const auto lane = laneOf(stuck.step);
    const auto most =
        lane == Lane::Ingress ? options_.ingress_stuck_max : options_.format_stuck_max;
    const auto budget = options_.limits.budgetOf(stuck.step);
    const auto reason = std::string{nameOf(stuck.step)} + " did not end within " +
                        std::to_string((budget * options_.limits.stuck_after_budgets).count()) +
                        " ms";
    const auto threads = ++stuck_[static_cast<std::size_t>(lane)];
    log_.error("plugin call stuck", {{"provider", ward.provider()},
                                     {"sha256", ward.sha256()},
                                     {"step", nameOf(stuck.step)},
                                     {"correlation_id", stuck.correlation_id},
                                     {"threads_stuck", threads}});
    if (ward.quarantine(reason) && observers_.quarantined)
        observers_.quarantined(ward, reason, "system");
    if (threads >= most && observers_.exhausted) observers_.exhausted(lane);
}

void Guard::left(const Ward& ward, const Ward::Call& call, const Ward::Left& left) noexcept {
    if (left.was_stuck) --stuck_[static_cast<std::size_t>(laneOf(call.step))];
    if (!left.over_budget) return;
    if (observers_.over_budget) observers_.over_budget(ward.provider(), call.step);
    ++untold_;
    const auto now = clock_.bootMs();
    auto last = last_line_.load();
    if (last != 0 && now - last < kLineIntervalMs) return;
    if (!last_line_.compare_exchange_strong(last, now)) return;
    log_.warning("plugin call over budget",
                 {{"provider", ward.provider()},
                  {"step", nameOf(call.step)},
                  {"took_ms", left.took.count()},
                  {"budget_ms", options_.limits.budgetOf(call.step).count()},
                  {"correlation_id", call.correlation_id},
                  {"calls", untold_.exchange(0)}});
}

} // namespace hookgate::plugin::guard
