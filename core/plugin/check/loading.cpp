#include "core/plugin/check/loading.hpp"

#include "core/plugin/check/process_state.hpp"

#include <chrono>
#include <ctime>

namespace hookgate::plugin::check {
namespace {

constexpr std::chrono::milliseconds kLoadingMax{100};

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

std::chrono::milliseconds cpuTime() {
    timespec time{};
    static_cast<void>(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time));
    return std::chrono::milliseconds{time.tv_sec * 1000 + time.tv_nsec / 1'000'000};
}

void tellChanges(const ProcessState& before, const std::string& when, Listener& listener) {
    for (const auto& change : changesBetween(before, ProcessState::now()))
        listener.found(change.id, {}, change.text + ' ' + when);
}

// While one version still serves, the next is loaded beside it.
void loadBeside(const Subject& subject, const Descriptor& first, Listener& listener) {
    listener.began("loading a second copy");
    const auto second = loadCopy(subject);
    if (!second)
        return listener.found("load.twice", {},
                              "does not load beside a copy of itself: " + second.error());
    if (second->providers.front().functions == first.providers.front().functions)
        listener.found("load.twice", {}, "shares its memory with a second copy of itself");
    forEachVector(subject, *second, listener, [](Bench&, const ProviderInProcess&) {});
}

} // namespace

void checkLoading(const Subject& subject, Listener& listener) {
    const auto before = ProcessState::now();
    const auto began = cpuTime();
    const auto plugin = load(subject, listener);
    if (!plugin) return;
    if (const auto took = cpuTime() - began; took > kLoadingMax)
        listener.found("load.slow", {},
                       "takes " + std::to_string(took.count()) +
                           " ms to load; leave to create() what is not needed");
    tellChanges(before, "while it is loaded", listener);
    compareManifest(subject.inspection.manifest, *plugin, listener);
    const auto loaded = ProcessState::now();
    forEachVector(subject, *plugin, listener, [](Bench&, const ProviderInProcess&) {});
    tellChanges(loaded, "while it works", listener);
    loadBeside(subject, *plugin, listener);
}

} // namespace hookgate::plugin::check
