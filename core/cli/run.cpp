#include "core/cli/run.hpp"

#include "core/app/gateway.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/usage.hpp"

#include <algorithm>
#include <exception>
#include <ostream>
#include <string>

namespace hookgate::cli {
namespace {

const Command* findCommand(std::string_view name) noexcept {
    for (const auto* command : commands())
        if (command->name == name) return command;
    return nullptr;
}

int refuseCommand(std::string_view name, const Terminal& terminal) {
    terminal.err << "hookgate: there is no command \"" << name << "\"\n\n";
    printOverview(terminal.err);
    return kUsageError;
}

int help(std::span<const std::string_view> arguments, const Terminal& terminal) {
    if (arguments.empty()) {
        printOverview(terminal.out);
        return kSuccess;
    }
    const auto* command = findCommand(arguments.front());
    if (command == nullptr) return refuseCommand(arguments.front(), terminal);
    printUsage(*command, terminal.out);
    return kSuccess;
}

int execute(const Command& command, std::span<const std::string_view> arguments,
            const Terminal& terminal) {
    const auto parsed = parseArguments(arguments, command.accepted);
    if (!parsed) return refuseUsage(command, parsed.error(), terminal);
    if (parsed->help) {
        printUsage(command, terminal.out);
        return kSuccess;
    }
    return command.run(*parsed, terminal);
}

int dispatch(std::span<const std::string_view> arguments, const Terminal& terminal) {
    if (arguments.empty()) {
        printOverview(terminal.err);
        return kUsageError;
    }
    const auto name = arguments.front();
    const auto rest = arguments.subspan(1);
    if (name == "help" || name == "--help" || name == "-h") return help(rest, terminal);
    const auto* command = name == "--version" ? &kVersion : findCommand(name);
    return command == nullptr ? refuseCommand(name, terminal) : execute(*command, rest, terminal);
}

// A message of several lines is indented, so that it reads as one.
void tell(std::string message, const Terminal& terminal) {
    for (auto at = message.find('\n'); at != std::string::npos; at = message.find('\n', at + 1))
        message.insert(at + 1, "  ");
    terminal.err << "hookgate: " << message << std::endl;
}

} // namespace

int run(std::span<const std::string_view> arguments, const Terminal& terminal) noexcept {
    try {
        return dispatch(arguments, terminal);
    } catch (const app::StartupError& error) {
        tell(error.what(), terminal);
        return error.configuration() ? kConfiguration : kFailure;
    } catch (const std::exception& error) {
        tell(error.what(), terminal);
        return kFailure;
    }
}

} // namespace hookgate::cli
