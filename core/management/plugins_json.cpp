#include "core/management/plugins_json.hpp"

#include "core/management/records_json.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hookgate::management {
namespace {

std::int64_t number(std::uint64_t count) noexcept {
    return static_cast<std::int64_t>(count);
}

void writeCalls(base::JsonWriter& json, const plugin::ProviderCalls& calls) {
    json.key("calls").integer(number(calls.calls()));
    json.key("rejections").integer(number(calls.rejections));
    json.key("steps").beginObject();
    for (const auto step : plugin::kSteps) {
        const auto& durations = calls.of(step);
        json.key(nameOf(step)).beginObject().key("calls").integer(number(durations.calls()));
        json.key("p99Us").integer((durations.p99().count() + 999) / 1000).endObject();
    }
    json.endObject();
}

void writeProvider(base::JsonWriter& json, const plugin::ProviderInfo& provider,
                   const PluginsState& state) {
    json.beginObject().key("name").string(provider.name).key("title").string(provider.title);
    json.key("quarantined");
    if (const auto found = state.quarantined.find(provider.name); found != state.quarantined.end())
        json.string(found->second);
    else
        json.null();
    static const plugin::ProviderCalls kNone;
    const auto calls = state.calls.find(provider.name);
    writeCalls(json, calls == state.calls.end() ? kNone : *calls->second);
    json.endObject();
}

bool isQuarantined(const plugin::ServedPlugin& plugin, const PluginsState& state) {
    const auto& providers = plugin.info.providers;
    return std::any_of(providers.begin(), providers.end(), [&](const auto& provider) {
        return state.quarantined.find(provider.name) != state.quarantined.end();
    });
}

void writePlugin(base::JsonWriter& json, const plugin::ServedPlugin& plugin,
                 const PluginsState& state) {
    json.beginObject().key("file").string(plugin.info.file);
    json.key("version").string(plugin.info.version).key("abi").string(plugin.info.abi);
    json.key("sha256").string(plugin.info.sha256);
    json.key("state").string(isQuarantined(plugin, state) ? "quarantined" : "serving");
    json.key("generation").integer(number(plugin.since));
    json.key("providers").beginArray();
    for (const auto& provider : plugin.info.providers)
        writeProvider(json, provider, state);
    json.endArray().endObject();
}

void writeRefused(base::JsonWriter& json, const std::vector<plugin::RefusedPlugin>& refused) {
    json.key("refused").beginArray();
    for (const auto& each : refused)
        json.beginObject()
            .key("file")
            .string(each.file)
            .key("reason")
            .string(each.reason)
            .endObject();
    json.endArray();
}

} // namespace

void writeReport(base::JsonWriter& json, const plugin::ReloadReport& report) {
    json.beginObject().key("action").string(nameOf(report.action));
    json.key("outcome").string(nameOf(report.outcome)).key("dryRun").boolean(report.dry_run);
    json.key("actor").string(report.actor);
    writeTime(json, "at", report.at);
    json.key("generation").integer(number(report.generation));
    json.key("changes").beginArray();
    for (const auto& change : report.changes) {
        json.beginObject().key("change").string(nameOf(change.kind));
        json.key("file").string(change.file).key("version").string(change.version);
        json.key("sha256").string(change.sha256).endObject();
    }
    json.endArray();
    writeRefused(json, report.refused);
    json.key("problems").beginArray();
    for (const auto& problem : report.problems)
        json.string(problem);
    json.endArray().endObject();
}

void writePlugins(base::JsonWriter& json, const PluginsState& state) {
    json.beginObject().key("generation").integer(number(state.generation->number()));
    json.key("librariesMapped").integer(number(state.libraries_mapped));
    json.key("plugins").beginArray();
    for (const auto& plugin : state.generation->plugins())
        writePlugin(json, plugin, state);
    json.endArray();
    writeRefused(json, state.last_report ? state.last_report->refused
                                         : std::vector<plugin::RefusedPlugin>{});
    json.key("lastReport");
    if (state.last_report)
        writeReport(json, *state.last_report);
    else
        json.null();
    json.endObject();
}

} // namespace hookgate::management
