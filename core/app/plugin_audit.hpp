#pragma once

#include "core/base/log.hpp"
#include "core/plugin/reload_report.hpp"
#include "core/store/event_store.hpp"

#include <string>
#include <vector>

namespace hookgate::app {

// Tells the audit trail and the log which plugins serve, and which do not and why. Safe to call
// from any thread; never blocks.
class PluginAudit {
public:
    // Both outlive it.
    PluginAudit(store::EventStore& store, base::Log& log) : store_{store}, log_{log} {}

    void loaded(const plugin::PluginInfo& plugin);
    void refused(const plugin::RefusedPlugin& plugin, const std::string& actor);
    // A dry run leaves nothing in the audit trail.
    void reported(const plugin::ReloadReport& report);

private:
    void changed(const plugin::ReloadReport& report, const plugin::PluginChange& change);
    void write(std::string_view action, const std::string& file, const std::string& actor,
               std::string details);

    store::EventStore& store_;
    base::Log& log_;
};

} // namespace hookgate::app
