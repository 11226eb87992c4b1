#include "core/app/plugin_guard.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/thread.hpp"
#include "core/plugin/guard/breadcrumb.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <utility>

namespace hookgate::app {
namespace {

using plugin::guard::Lane;

constexpr std::chrono::milliseconds kWatchInterval{50};
constexpr std::size_t kFormatThreads = 4; // delivery/formatter.cpp
constexpr std::string_view kJournalName = "plugin-crashes";
constexpr std::string_view kSqlite = "sqlite:";

// A provider gets at most half of the threads of a lane, and when only one is left that is not
// stuck, the process cannot go on.
plugin::guard::Guard::Options optionsFor(std::size_t ingress_threads) {
    plugin::guard::Guard::Options options;
    options.limits.ingress_calls_max = std::max<std::size_t>(ingress_threads / 2, 1);
    options.limits.format_calls_max = kFormatThreads / 2;
    options.ingress_stuck_max = std::max<std::size_t>(ingress_threads - 1, 1);
    options.format_stuck_max = kFormatThreads - 1;
    return options;
}

management::QuarantineOperations::Outcome outcomeOf(plugin::guard::Guard::Change change) noexcept {
    using Outcome = management::QuarantineOperations::Outcome;
    switch (change) {
        case plugin::guard::Guard::Change::NotInUse:
            return Outcome::NotInUse;
        case plugin::guard::Guard::Change::AlreadySo:
            return Outcome::AlreadySo;
        case plugin::guard::Guard::Change::Done:
            break;
    }
    return Outcome::Changed;
}

std::filesystem::path runDirectory(const config::Settings& settings) {
    if (!settings.run_dir.empty()) return settings.run_dir;
    if (!settings.database_url.starts_with(kSqlite)) return {};
    const std::filesystem::path database{settings.database_url.substr(kSqlite.size())};
    const auto directory = database.parent_path();
    return directory.empty() ? std::filesystem::path{"."} : directory;
}

} // namespace

PluginGuard::PluginGuard(const config::Settings& settings, std::size_t ingress_threads,
                         Collaborators collaborators)
    : with_{std::move(collaborators)} {
    openJournal(settings);
    auto options = optionsFor(ingress_threads);
    options.history = [this](const std::string& sha256) {
        const auto found = history_.find(sha256);
        return found == history_.end() ? std::string{} : found->second;
    };
    guard_ = std::make_unique<plugin::guard::Guard>(std::move(options), observers(), with_.log,
                                                    with_.clock);
    watchdog_ = base::startThread("plugin-watchdog", [this] { watch(); });
}

PluginGuard::~PluginGuard() {
    stop();
}

void PluginGuard::openJournal(const config::Settings& settings) {
    const auto directory = runDirectory(settings);
    if (directory.empty()) {
        with_.log.information("crashes of plugins are not remembered; set RUN_DIR");
        return;
    }
    auto journal = plugin::guard::CrashJournal::open(directory / kJournalName);
    if (!journal) {
        with_.log.warning(
            "crashes of plugins are not remembered; set RUN_DIR to a directory that "
            "can be written",
            {{"error", journal.error()}});
        return;
    }
    journal_.emplace(std::move(*journal));
    history_ = quarantinedBy(journal_->crashes());
    if (!journal_->crashes().empty()) {
        const auto& last = journal_->crashes().back();
        with_.log.warning("a plugin has ended a gateway before",
                          {{"provider", last.provider},
                           {"sha256", last.sha256},
                           {"step", last.step},
                           {"signal", last.signal},
                           {"correlation_id", last.correlation_id},
                           {"crashes", journal_->crashes().size()}});
    }
    plugin::guard::leaveBreadcrumbsIn(journal_->descriptor());
}

plugin::guard::Observers PluginGuard::observers() {
    plugin::guard::Observers observers;
    observers.over_budget = [this](auto provider, auto step) {
        with_.metrics.pluginOverBudget(provider, nameOf(step));
    };
    observers.refused = [this](auto provider, auto why) {
        with_.metrics.pluginCallRefused(provider, why);
    };
    observers.quarantined = [this](const auto& ward, const auto& reason, const auto& actor) {
        audit("plugin.quarantined", ward, actor, reason);
    };
    observers.released = [this](const auto& ward, const auto& actor) {
        if (journal_) journal_->release(ward.sha256());
        audit("plugin.released", ward, actor, {});
    };
    observers.exhausted = [this](Lane lane) {
        with_.log.error("too many threads are stuck in plugins, the process ends",
                        {{"lane", lane == Lane::Ingress ? "ingress" : "format"}});
        if (with_.exhausted) with_.exhausted();
    };
    return observers;
}

void PluginGuard::audit(std::string_view action, const plugin::guard::Ward& ward,
                        const std::string& actor, std::string_view reason) {
    try {
        domain::AuditEntry entry;
        entry.entity_type = "plugin";
        entry.entity_id = ward.provider();
        entry.action = action;
        entry.actor = actor;
        base::JsonWriter details;
        details.beginObject().key("sha256").string(ward.sha256());
        if (!reason.empty()) details.key("reason").string(reason);
        details.endObject();
        entry.details_json = details.text();
        with_.store.audit(std::move(entry));
    } catch (const std::exception& e) {
        with_.log.error("audit entry lost", {{"action", action}, {"error", e.what()}});
    }
}

void PluginGuard::watch() {
    std::unique_lock lock{mutex_};
    while (!stop_.wait_for(lock, kWatchInterval, [this] { return stopping_; })) {
        lock.unlock();
        try {
            guard_->watch();
        } catch (const std::exception& e) {
            with_.log.error("plugins could not be watched", {{"error", e.what()}});
        }
        lock.lock();
    }
}

management::QuarantineOperations::Outcome PluginGuard::quarantine(const std::string& provider,
                                                                  const std::string& reason,
                                                                  const std::string& actor) {
    return outcomeOf(guard_->quarantine(provider, reason, actor));
}

management::QuarantineOperations::Outcome PluginGuard::release(const std::string& provider,
                                                               const std::string& actor) {
    return outcomeOf(guard_->release(provider, actor));
}

std::map<std::string, std::string> PluginGuard::quarantined() const {
    std::map<std::string, std::string> reasons;
    for (auto& each : guard_->quarantined())
        reasons.insert_or_assign(std::move(each.provider), std::move(each.reason));
    return reasons;
}

std::size_t PluginGuard::stuckThreads() const noexcept {
    return guard_->stuck(Lane::Ingress) + guard_->stuck(Lane::Format);
}

void PluginGuard::stop() noexcept {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    stop_.notify_all();
    if (watchdog_.joinable()) watchdog_.join();
}

} // namespace hookgate::app
