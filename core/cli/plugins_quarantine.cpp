#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/plugin_state_change.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/cli/usage.hpp"

#include <array>

namespace hookgate::cli {
namespace {

constexpr std::string_view kReason = "--reason";

int runQuarantine(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.operands.empty())
        return refuseUsage(kPluginsQuarantine, "quarantine which PROVIDER?", terminal);
    const auto reason = arguments.option(kReason);
    if (reason.empty())
        return refuseUsage(kPluginsQuarantine, "--reason TEXT tells others why", terminal);
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    return changePluginState(loaded->settings, "/plugins/quarantine",
                             {{"provider", arguments.operands.front()}, {"reason", reason}},
                             terminal);
}

constexpr std::array<std::string_view, 2> kOptions{"--config", kReason};

} // namespace

const Command kPluginsQuarantine{
    "plugins quarantine",
    "plugins quarantine PROVIDER --reason TEXT [--config FILE]",
    "takes a provider's plugin out of service in the running gateway",
    "Its webhooks are answered 503 with Retry-After, so that the provider sends them again; its "
    "deliveries are\n"
    "tried again later; other providers do not notice. It lasts until hookgate plugins release, "
    "another version\n"
    "of the plugin, or the gateway's end. It asks one gateway, as hookgate plugins reload does. "
    "Exits with 1\n"
    "when nothing changed.",
    {kOptions, 1},
    runQuarantine};

} // namespace hookgate::cli
