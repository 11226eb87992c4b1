#include "core/cli/usage.hpp"

#include "core/cli/exit_codes.hpp"

#include <array>
#include <iomanip>
#include <ostream>

namespace hookgate::cli {

std::span<const Command* const> commands() noexcept {
    static constexpr std::array kCommands{&kServe,  &kMigrate, &kSeed,
                                          &kConfig, &kPlugins, &kVersion};
    return kCommands;
}

void printOverview(std::ostream& out) {
    out << "hookgate " HOOKGATE_VERSION
           ", an inbound webhook gateway\n\n"
           "usage: hookgate COMMAND [OPTION...]\n\n";
    for (const auto* command : commands())
        out << "  " << std::left << std::setw(10) << command->name << command->summary << '\n';
    out << "\nhookgate help COMMAND tells more about one of them. Settings come from the "
           "environment, over\n"
           "--config FILE, over defaults: hookgate config shows them.\n";
}

void printUsage(const Command& command, std::ostream& out) {
    out << "usage: hookgate " << command.usage << "\n\n" << command.summary << ".\n";
    if (!command.details.empty()) out << '\n' << command.details << '\n';
}

int refuseUsage(const Command& command, std::string_view problem, const Terminal& terminal) {
    terminal.err << "hookgate " << command.name << ": " << problem << "\nusage: hookgate "
                 << command.usage << '\n';
    return kUsageError;
}

} // namespace hookgate::cli
