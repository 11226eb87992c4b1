#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/settings_loading.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace hookgate::cli {
namespace {

int runConfig(const Arguments& arguments, const Terminal& terminal) {
    const auto loaded = loadSettings(arguments, terminal);
    if (!loaded) return kConfiguration;
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    for (const auto& entry : loaded->entries) {
        key_width = std::max(key_width, entry.key.size());
        value_width = std::max(value_width, entry.value.size());
    }
    for (const auto& entry : loaded->entries)
        terminal.out << std::left << std::setw(static_cast<int>(key_width)) << entry.key << "  "
                     << std::setw(static_cast<int>(value_width)) << entry.value << "  "
                     << config::nameOf(entry.source) << '\n';
    return kSuccess;
}

} // namespace

const Command kConfig{"config",
                      "config [--config FILE]",
                      "shows every setting in force and where it comes from",
                      "Secrets are masked. Exits with 78 and all problems when there are any.",
                      {kConfigOption, 0},
                      runConfig};

} // namespace hookgate::cli
