#include "core/plugin/check/loading.hpp"

namespace hookgate::plugin::check {
namespace {

// What was believed before the code ran has to be true.
void compareManifest(const Manifest& manifest, const Descriptor& plugin, Listener& listener) {
    if (!manifest.present) return;
    const auto compare = [&](const std::string& what, const std::string& said,
                             const std::string& is) {
        if (said != is)
            listener.found("load.manifest", {},
                           "names the " + what + " '" + said + "' in its manifest and '" + is +
                               "' in hg_plugin_v1; HG_EXPORT_PROVIDERS(...) writes both");
    };
    const auto joined = [](const auto& list, const auto& name) {
        std::string text;
        for (const auto& item : list)
            text += (text.empty() ? "" : ", ") + name(item);
        return text;
    };
    compare("ABI", manifest.abi, plugin.abi);
    compare("version", manifest.version, plugin.version);
    compare("providers", joined(manifest.providers, [](const std::string& name) { return name; }),
            joined(plugin.providers, [](const ProviderType& type) { return type.info.name; }));
}

} // namespace

void checkLoading(const Subject& subject, Listener& listener) {
    const auto plugin = load(subject, listener);
    if (!plugin) return;
    compareManifest(subject.inspection.manifest, *plugin, listener);
}

} // namespace hookgate::plugin::check
