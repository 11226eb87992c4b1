#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/gateway_client.hpp"
#include "core/cli/reload_report.hpp"
#include "core/cli/settings_loading.hpp"
#include "core/cli/usage.hpp"

namespace hookgate::cli {
namespace {

int runRollback(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.operands.empty())
        return refuseUsage(kPluginsRollback, "roll back which PROVIDER?", terminal);
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    const GatewayClient gateway{loaded->settings};
    return tellReport(gateway.post("/plugins/rollback", {{"provider", arguments.operands.front()}}),
                      terminal);
}

} // namespace

const Command kPluginsRollback{
    "plugins rollback",
    "plugins rollback PROVIDER [--config FILE]",
    "lets the running gateway serve a provider with the code before the last reload",
    "The code is still in the gateway's memory; all providers of its file go back. The next reload "
    "and the\n"
    "next start take what is in PLUGINS_DIR: put the file you want there. A second rollback undoes "
    "the first.\n"
    "It asks one gateway, as hookgate plugins reload does. Exits with 1 when there is no way back.",
    {kConfigOption, 1},
    runRollback};

} // namespace hookgate::cli
