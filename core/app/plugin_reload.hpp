#pragma once

#include "core/app/integration_loader.hpp"
#include "core/app/plugin_audit.hpp"
#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/management/plugins.hpp"
#include "core/observability/metrics.hpp"
#include "core/plugin/call_figures.hpp"
#include "core/plugin/registry.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace hookgate::app {

// Changes which plugins of this process serve while it serves: stages the next generation, gives
// every integration concerned an instance of it, and then swaps both at once, or leaves everything
// as it was and says why. One at a time. Safe to call from any thread.
class PluginReload final : public management::PluginOperations {
public:
    struct Collaborators {
        plugin::Registry& registry;
        plugin::CallFigures& figures;
        IntegrationLoader& loader;
        store::EventStore& store;
        observability::Metrics& metrics;
        base::Log& log;
        const base::Clock& clock;
        std::function<std::map<std::string, std::string>()> quarantined{}; // reasons by provider
    };

    // All outlive it.
    explicit PluginReload(Collaborators with);
    ~PluginReload() override; // as stop()
    PluginReload(const PluginReload&) = delete;
    PluginReload& operator=(const PluginReload&) = delete;

    // Reloads soon, on a thread of its own. Never blocks.
    void request() noexcept;

    // Ends what is under way at the next file; later wishes are refused.
    void stop() noexcept;

    management::PluginsState state() const override;
    std::optional<plugin::ReloadReport> reload(bool dry_run, const std::string& actor) override;
    std::optional<plugin::ReloadReport> rollback(const std::string& provider,
                                                 const std::string& actor) override;

private:
    // REQUIRES: working_ is held.
    plugin::ReloadReport swap(plugin::CandidateGeneration candidate, plugin::ReloadReport report);
    void run();

    Collaborators with_;
    PluginAudit audit_;
    std::mutex working_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<plugin::ReloadReport> last_report_;
    bool requested_ = false;
    bool stopping_ = false;
    std::jthread thread_; // last: it uses all of the above
};

} // namespace hookgate::app
