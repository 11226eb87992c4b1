#include "core/app/plugin_loading.hpp"
#include "core/base/clock.hpp"
#include "core/base/printable.hpp"
#include "core/base/silent_log.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <array>
#include <ostream>
#include <string>

namespace hookgate::cli {
namespace {

// What is declared of the provider, a line each; nothing for what is not.
std::string describe(const plugin::Contract& contract) {
    std::string text;
    const auto line = [&](const std::string& what) { text += "    " + what + '\n'; };
    if (contract.tolerance.count() > 0)
        line("signed times may be off by " + std::to_string(contract.tolerance.count()) + " ms");
    if (contract.deadline.count() > 0)
        line("waits " + std::to_string(contract.deadline.count()) + " ms for an answer");
    if (contract.body_bytes_max > 0)
        line("bodies of at most " + std::to_string(contract.body_bytes_max) + " bytes");
    if (contract.sends_once) line("sends once: what is not taken is lost");
    std::string statuses;
    for (const auto status : contract.retries_on)
        statuses += ' ' + std::to_string(status);
    if (!statuses.empty()) line("sends again after" + statuses);
    for (const auto& answer : contract.answers)
        line("answers " + std::string{nameOf(answer.outcome)} + " with " +
             std::to_string(answer.status));
    return text;
}

void print(const plugin::PluginInfo& plugin, std::ostream& out) {
    out << base::printable(plugin.file) << "  version " << base::printable(plugin.version)
        << ", ABI " << plugin.abi << "\n  sha256 " << plugin.sha256 << '\n';
    for (const auto& provider : plugin.providers)
        out << "  provider " << provider.name << ": " << base::printable(provider.title)
            << (provider.formats ? " (formats callbacks)" : "") << '\n'
            << describe(provider.contract);
}

int runList(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    base::SilentLog log;
    const base::SystemClock clock;
    const plugin::Registry registry{app::registryOptions(loaded->settings, terminal.program),
                                    plugin::inProcessInstances(log, clock)};
    for (const auto& plugin : registry.plugins())
        print(plugin, terminal.out);
    for (const auto& refused : registry.refused())
        terminal.out << base::printable(refused.file)
                     << "  REFUSED: " << base::printable(refused.reason) << '\n';
    if (registry.plugins().empty() && registry.refused().empty())
        terminal.out << "no plugins in " << loaded->settings.plugins_dir << '\n';
    return registry.refused().empty() ? kSuccess : kFailure;
}

constexpr std::array<std::string_view, 1> kOptions{"--config"};

} // namespace

const Command kPluginsList{"plugins list",
                           "plugins list [--config FILE]",
                           "lists the plugins of PLUGINS_DIR and what they declare",
                           "Exits with 1 when a file is refused, and says why.",
                           {kOptions},
                           runList};

} // namespace hookgate::cli
