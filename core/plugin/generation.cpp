#include "core/plugin/generation.hpp"

#include <utility>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kHashShown = 12;

const ServedPlugin* find(const Generation& generation, std::string_view file) {
    for (const auto& plugin : generation.plugins())
        if (plugin.info.file == file) return &plugin;
    return nullptr;
}

PluginChange change(PluginChange::Kind kind, const ServedPlugin& plugin) {
    return {kind, plugin.info.file, plugin.info.version, plugin.info.sha256};
}

} // namespace

Generation::Generation(std::uint64_t number, std::vector<ServedPlugin> plugins)
    : number_{number},
      plugins_{std::move(plugins)} {
    for (auto& plugin : plugins_) {
        if (plugin.since == 0) plugin.since = number_;
        for (const auto& type : plugin.code->providers)
            by_provider_.emplace(type.info.name, Place{&plugin, &type});
    }
}

const ProviderType* Generation::find(std::string_view provider) const noexcept {
    const auto found = by_provider_.find(provider);
    return found == by_provider_.end() ? nullptr : found->second.type;
}

const ServedPlugin* Generation::pluginOf(std::string_view provider) const noexcept {
    const auto found = by_provider_.find(provider);
    return found == by_provider_.end() ? nullptr : found->second.plugin;
}

std::vector<PluginChange> changesBetween(const Generation& before, const Generation& after) {
    std::map<std::string, PluginChange> changes;
    for (const auto& plugin : after.plugins()) {
        const auto* const old = find(before, plugin.info.file);
        if (old == nullptr)
            changes.emplace(plugin.info.file, change(PluginChange::Kind::Added, plugin));
        else if (old->code != plugin.code)
            changes.emplace(plugin.info.file, change(PluginChange::Kind::Replaced, plugin));
    }
    for (const auto& plugin : before.plugins())
        if (find(after, plugin.info.file) == nullptr)
            changes.emplace(plugin.info.file, change(PluginChange::Kind::Removed, plugin));
    std::vector<PluginChange> list;
    for (auto& [file, each] : changes)
        list.push_back(std::move(each));
    return list;
}

std::map<std::string, std::string> rivalsAmong(const std::vector<ServedPlugin>& plugins,
                                               const Generation& serving) {
    std::map<std::string, std::vector<const PluginInfo*>, std::less<>> by_provider;
    for (const auto& plugin : plugins)
        for (const auto& provider : plugin.info.providers)
            by_provider[provider.name].push_back(&plugin.info);
    std::map<std::string, std::string> problems;
    for (const auto& [provider, files] : by_provider) {
        if (files.size() < 2) continue;
        std::string list;
        for (const auto* const file : files)
            list += (list.empty() ? "" : ", ") + file->file + " (version " + file->version +
                    ", sha256 " + file->sha256.substr(0, kHashShown) + ")";
        const auto* const incumbent = serving.pluginOf(provider);
        for (const auto* const file : files)
            if (incumbent == nullptr || incumbent->info.file != file->file)
                problems[file->file] = "provider '" + provider + "' is named by " + list +
                                       "; remove all but one of these files";
    }
    return problems;
}

std::string_view nameOf(PluginChange::Kind kind) noexcept {
    switch (kind) {
        case PluginChange::Kind::Added:
            return "added";
        case PluginChange::Kind::Replaced:
            return "replaced";
        case PluginChange::Kind::Removed:
            break;
    }
    return "removed";
}

} // namespace hookgate::plugin
