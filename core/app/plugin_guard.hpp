#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/config/settings.hpp"
#include "core/management/plugin_quarantine.hpp"
#include "core/observability/metrics.hpp"
#include "core/plugin/guard/crash_journal.hpp"
#include "core/plugin/guard/guard.hpp"
#include "core/store/event_store.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace hookgate::app {

// Keeps this process safe from its plugins: the guard of their calls with its watchdog, and the
// journal that a crash leaves for the next start. Safe to use from any thread.
class PluginGuard final : public management::QuarantineOperations {
public:
    struct Collaborators {
        store::EventStore& store;
        observability::Metrics& metrics;
        base::Log& log;
        const base::Clock& clock;
        std::function<void()> exhausted{}; // too many threads are stuck: this process has to end
    };

    // Opens the journal in RUN_DIR, else beside a SQLite database; without one it says so and goes
    // on. `ingress_threads` call verify and normalize.
    PluginGuard(const config::Settings& settings, std::size_t ingress_threads,
                Collaborators collaborators);
    ~PluginGuard() override; // as stop()
    PluginGuard(const PluginGuard&) = delete;
    PluginGuard& operator=(const PluginGuard&) = delete;

    plugin::guard::Guard& guard() noexcept { return *guard_; }

    const plugin::guard::Guard& guard() const noexcept { return *guard_; }

    Outcome quarantine(const std::string& provider, const std::string& reason,
                       const std::string& actor) override;
    Outcome release(const std::string& provider, const std::string& actor) override;
    std::map<std::string, std::string> quarantined() const; // reasons by provider

    // Threads that will never end.
    std::size_t stuckThreads() const noexcept;

    void stop() noexcept;

private:
    void openJournal(const config::Settings& settings);
    plugin::guard::Observers observers();
    void audit(std::string_view action, const plugin::guard::Ward& ward, const std::string& actor,
               std::string_view reason);
    void watch();

    Collaborators with_;
    std::optional<plugin::guard::CrashJournal> journal_;
    std::map<std::string, std::string> history_; // reasons by hash
    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::unique_ptr<plugin::guard::Guard> guard_;
    std::jthread watchdog_;
};

} // namespace hookgate::app
