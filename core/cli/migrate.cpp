#include "core/app/gateway.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"

namespace hookgate::cli {
namespace {

int runMigrate(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    return loaded ? app::migrate(loaded->settings, terminal.out) : kConfiguration;
}

} // namespace

const Command kMigrate{
    "migrate",
    "migrate [--config FILE]",
    "brings the database to the schema of this version",
    "The embedded database is also migrated by serve itself. Applied migrations are never run\n"
    "again, and there is no way back: copy the database first.",
    {kConfigOption, 0},
    runMigrate};

} // namespace hookgate::cli
