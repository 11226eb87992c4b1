#include "core/app/gateway.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"

namespace hookgate::cli {
namespace {

int runSeed(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    return loaded ? app::seed(loaded->settings, terminal.out) : kConfiguration;
}

} // namespace

const Command kSeed{
    "seed",
    "seed [--config FILE]",
    "brings the integrations of INTEGRATIONS_FILE into the database",
    "Integrations are matched by provider and name; those the file does not name are left alone.\n"
    "May run beside serve, which takes the change up within seconds.",
    {kConfigOption, 0},
    runSeed};

} // namespace hookgate::cli
