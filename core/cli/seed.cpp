#include "core/app/gateway.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"

namespace hookgate::cli {
namespace {

int runSeed(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    return loaded ? app::seed(loaded->settings, terminal.program, terminal.out) : kConfiguration;
}

} // namespace

const Command kSeed{
    "seed",
    "seed [--config FILE]",
    "brings the integrations of INTEGRATIONS_FILE into the database",
    "Integrations are matched by provider and name; those the file does not name are left alone.\n"
    "May run beside serve, which takes the change up within seconds.\n\n"
    "Everything is examined first, and with a problem nothing is written (exit 78): the file, the\n"
    "URLs written in it, and whether the plugin in PLUGINS_DIR takes the settings and secrets. "
    "What may be\n"
    "different where serve runs is a warning, and is written: a variable or a file that is not "
    "here,\n"
    "a plugin that is not here (its settings cannot be checked; its webhooks are answered 503 "
    "until\n"
    "serve has it), and a provider that would give up before INGEST_TIMEOUT_MS or never sends "
    "again.",
    {kConfigOption, 0},
    runSeed};

} // namespace hookgate::cli
