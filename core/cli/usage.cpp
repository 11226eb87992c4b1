#include "core/cli/usage.hpp"

#include "core/cli/exit_codes.hpp"

#include <array>
#include <iomanip>
#include <ostream>
#include <vector>

namespace hookgate::cli {

std::span<const Command* const> commands() noexcept {
    static constexpr std::array kCommands{
        &kServe,           &kMigrate,           &kSeed,           &kConfig,       &kPluginsList,
        &kPluginsCheck,    &kPluginsNew,        &kPluginsLock,    &kPluginsSign,  &kPluginsReload,
        &kPluginsRollback, &kPluginsQuarantine, &kPluginsRelease, &kPluginsProbe, &kSend,
        &kExplain,         &kVersion,
    };
    return kCommands;
}

namespace {

template <class Commands>
void printCommands(const Commands& listed, std::ostream& out) {
    constexpr int kNameWidth = 20;
    for (const auto* command : listed)
        if (!command->summary.empty())
            out << "  " << std::left << std::setw(kNameWidth) << command->name << command->summary
                << '\n';
}

} // namespace

void printOverview(std::ostream& out) {
    out << "hookgate " HOOKGATE_VERSION
           ", an inbound webhook gateway\n\n"
           "usage: hookgate COMMAND [OPTION...]\n\n";
    printCommands(commands(), out);
    out << "\nhookgate help COMMAND tells more about one of them. Settings come from the "
           "environment, over\n"
           "--config FILE, over defaults: hookgate config shows them.\n";
}

void printGroup(std::string_view group, std::ostream& out) {
    std::vector<const Command*> members;
    for (const auto* command : commands())
        if (isOfGroup(*command, group)) members.push_back(command);
    out << "usage: hookgate " << group << " ACTION [OPTION...]\n\n";
    printCommands(members, out);
    out << "\nhookgate help " << group << " ACTION tells more about one of them.\n";
}

bool isOfGroup(const Command& command, std::string_view group) noexcept {
    return command.name.size() > group.size() && command.name.starts_with(group) &&
           command.name[group.size()] == ' ';
}

void printUsage(const Command& command, std::ostream& out) {
    out << "usage: hookgate " << command.usage << '\n';
    if (!command.summary.empty()) out << '\n' << command.summary << ".\n";
    if (!command.details.empty()) out << '\n' << command.details << '\n';
}

int refuseUsage(const Command& command, std::string_view problem, const Terminal& terminal) {
    terminal.err << "hookgate " << command.name << ": " << problem << "\nusage: hookgate "
                 << command.usage << '\n';
    return kUsageError;
}

} // namespace hookgate::cli
