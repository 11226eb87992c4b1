#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/gateway_client.hpp"
#include "core/cli/reload_report.hpp"
#include "core/cli/settings_loading.hpp"

#include <array>

namespace hookgate::cli {
namespace {

constexpr std::string_view kDryRun = "--dry-run";

int runReload(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    const GatewayClient gateway{loaded->settings};
    return tellReport(gateway.post("/plugins/reload", {{"dryRun", arguments.flag(kDryRun)}}),
                      terminal);
}

constexpr std::array<std::string_view, 1> kFlags{kDryRun};

} // namespace

const Command kPluginsReload{
    "plugins reload",
    "plugins reload [--dry-run] [--config FILE]",
    "lets the running gateway take up PLUGINS_DIR as it is now",
    "Every new file is checked and tried, every integration gets its instance of the new code, and "
    "then all\n"
    "of it serves at once; requests in flight end on the code they began with. When anything is "
    "refused,\n"
    "what served before still does, and the reason is told. --dry-run does all but the change.\n"
    "It asks the gateway that these settings name (MANAGEMENT_ADDRESS, or APP_HOST and APP_PORT), "
    "and that one\n"
    "alone: with several nodes, run it on each. Exits with 1 when the reload was refused.",
    {kConfigOption, 0, kFlags},
    runReload};

} // namespace hookgate::cli
