#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/plugin_state_change.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/cli/usage.hpp"

#include <array>

namespace hookgate::cli {
namespace {

int runRelease(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.operands.empty())
        return refuseUsage(kPluginsRelease, "release which PROVIDER?", terminal);
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    return changePluginState(loaded->settings, "/plugins/release",
                             {{"provider", arguments.operands.front()}}, terminal);
}

constexpr std::array<std::string_view, 1> kOptions{"--config"};

} // namespace

const Command kPluginsRelease{
    "plugins release",
    "plugins release PROVIDER [--config FILE]",
    "puts a quarantined plugin back into service in the running gateway",
    "The crashes that quarantined it no longer count. It asks one gateway, as hookgate plugins "
    "reload does.\n"
    "Exits with 1 when nothing changed.",
    {kOptions, 1},
    runRelease};

} // namespace hookgate::cli
