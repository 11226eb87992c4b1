#include "core/app/plugin_reload.hpp"

#include "core/base/thread.hpp"

#include <exception>
#include <set>
#include <utility>

namespace hookgate::app {
namespace {

using plugin::ReloadReport;

// Libraries stay mapped; so many that serve no more are worth a restart at leisure.
constexpr std::size_t kIdleLibrariesMax = 16;

std::size_t librariesOf(const plugin::Generation& generation) {
    std::set<const plugin::PluginCode*> codes;
    for (const auto& plugin : generation.plugins())
        codes.insert(plugin.code.get());
    return codes.size();
}

} // namespace

PluginReload::PluginReload(Collaborators with)
    : with_{with},
      audit_{with.store, with.log},
      thread_{base::startThread("plugin-reload", [this] { run(); })} {}

PluginReload::~PluginReload() {
    stop();
}

void PluginReload::request() noexcept {
    {
        const std::lock_guard lock{mutex_};
        requested_ = true;
    }
    wake_.notify_all();
}

void PluginReload::stop() noexcept {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    with_.registry.stopTrials();
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void PluginReload::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [this] { return requested_ || stopping_; });
        if (stopping_) return;
        requested_ = false;
        lock.unlock();
        try {
            const std::lock_guard working{working_};
            swap(with_.registry.stage(), {.actor = "system"});
        } catch (const std::exception& e) {
            with_.log.error("plugins could not be reloaded", {{"error", e.what()}});
        }
        lock.lock();
    }
}

std::optional<ReloadReport> PluginReload::reload(bool dry_run, const std::string& actor) {
    const std::unique_lock working{working_, std::try_to_lock};
    if (!working) return std::nullopt;
    return swap(with_.registry.stage(), {.dry_run = dry_run, .actor = actor});
}

std::optional<ReloadReport> PluginReload::rollback(const std::string& provider,
                                                   const std::string& actor) {
    const std::unique_lock working{working_, std::try_to_lock};
    if (!working) return std::nullopt;
    return swap(with_.registry.stageRollback(provider),
                {.action = ReloadReport::Action::Rollback, .actor = actor});
}

ReloadReport PluginReload::swap(plugin::CandidateGeneration candidate, ReloadReport report) {
    report.at = with_.clock.unixMs();
    report.refused = std::move(candidate.refused);
    report.changes = candidate.changes;
    if (candidate.generation && !candidate.changes.empty())
        report.problems = with_.loader.moveTo(
            candidate.generation,
            report.dry_run ? std::function<void()>{} : [&] { with_.registry.publish(candidate); });
    if (!report.refused.empty() || !report.problems.empty())
        report.outcome = ReloadReport::Outcome::Refused;
    else if (!report.changes.empty())
        report.outcome = ReloadReport::Outcome::Published;
    const auto serving = with_.registry.current();
    report.generation = serving->number();
    audit_.reported(report);
    if (report.dry_run) return report;

    with_.metrics.pluginReload(nameOf(report.outcome));
    if (const auto mapped = with_.registry.librariesMapped();
        mapped > librariesOf(*serving) + kIdleLibrariesMax)
        with_.log.warning("many plugin libraries are mapped and serve no more; restart at leisure",
                          {{"libraries", mapped}});
    const std::lock_guard lock{mutex_};
    last_report_ = report;
    return report;
}

management::PluginsState PluginReload::state() const {
    management::PluginsState state{.generation = with_.registry.current(),
                                   .libraries_mapped = with_.registry.librariesMapped()};
    for (const auto& plugin : state.generation->plugins())
        for (const auto& type : plugin.code->providers)
            state.calls.emplace(type.info.name, with_.figures.of(type.code()));
    if (with_.quarantined) state.quarantined = with_.quarantined();
    const std::lock_guard lock{mutex_};
    state.last_report = last_report_;
    return state;
}

} // namespace hookgate::app
