#include "core/app/plugin_audit.hpp"

#include "core/base/json_writer.hpp"

#include <cstdint>
#include <utility>

namespace hookgate::app {
namespace {

using plugin::ReloadReport;

constexpr std::string_view kSystem = "system";

// What is wrong with no file of its own, but with an integration.
constexpr const char* kIntegrations = "integrations";

} // namespace

void PluginAudit::write(std::string_view action, const std::string& file, const std::string& actor,
                        std::string details) {
    domain::AuditEntry entry;
    entry.entity_type = "plugin";
    entry.entity_id = file;
    entry.action = action;
    entry.actor = actor;
    entry.details_json = std::move(details);
    store_.audit(std::move(entry));
}

void PluginAudit::loaded(const plugin::PluginInfo& plugin) {
    std::string providers;
    for (const auto& provider : plugin.providers)
        providers += (providers.empty() ? "" : ",") + provider.name;
    base::JsonWriter details;
    details.beginObject().key("version").string(plugin.version).key("abi").string(plugin.abi);
    details.key("sha256").string(plugin.sha256).key("providers").string(providers).endObject();
    write("plugin.loaded", plugin.file, std::string{kSystem}, details.text());
    log_.information("plugin loaded", {{"file", plugin.file},
                                       {"version", plugin.version},
                                       {"abi", plugin.abi},
                                       {"sha256", plugin.sha256},
                                       {"providers", providers}});
}

void PluginAudit::refused(const plugin::RefusedPlugin& plugin, const std::string& actor) {
    base::JsonWriter details;
    details.beginObject().key("reason").string(plugin.reason).endObject();
    write("plugin.refused", plugin.file, actor, details.text());
    log_.error("plugin refused", {{"file", plugin.file}, {"reason", plugin.reason}});
}

void PluginAudit::changed(const ReloadReport& report, const plugin::PluginChange& change) {
    const bool rolled_back = report.action == ReloadReport::Action::Rollback;
    base::JsonWriter details;
    details.beginObject().key("change").string(nameOf(change.kind));
    details.key("version").string(change.version).key("sha256").string(change.sha256);
    details.key("generation").integer(static_cast<std::int64_t>(report.generation)).endObject();
    write(rolled_back ? "plugin.rolled_back" : "plugin.reloaded", change.file, report.actor,
          details.text());
    log_.information(rolled_back ? "plugin rolled back" : "plugin reloaded",
                     {{"file", change.file},
                      {"change", nameOf(change.kind)},
                      {"version", change.version},
                      {"sha256", change.sha256}});
}

void PluginAudit::reported(const ReloadReport& report) {
    // Whoever tries is told; what serves is as it was.
    const auto level = report.outcome == ReloadReport::Outcome::Refused && !report.dry_run
                           ? base::LogLevel::Error
                           : base::LogLevel::Information;
    if (!report.dry_run) {
        if (report.outcome == ReloadReport::Outcome::Published)
            for (const auto& change : report.changes)
                changed(report, change);
        for (const auto& plugin : report.refused)
            refused(plugin, report.actor);
        for (const auto& problem : report.problems)
            refused({kIntegrations, problem}, report.actor);
    }
    if (log_.enabled(level))
        log_.write(level, report.dry_run ? "plugin generation tried" : "plugin generation",
                   {{"action", nameOf(report.action)},
                    {"outcome", nameOf(report.outcome)},
                    {"actor", report.actor},
                    {"generation", report.generation},
                    {"changes", report.changes.size()},
                    {"refused", report.refused.size() + report.problems.size()}});
}

} // namespace hookgate::app
