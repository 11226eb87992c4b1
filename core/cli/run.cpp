#include "core/cli/run.hpp"

#include "core/app/gateway.hpp"
#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/usage.hpp"

#include <algorithm>
#include <exception>
#include <ostream>
#include <string>
#include <string_view>

namespace hookgate::cli {
namespace {

struct Found {
    const Command* command = nullptr; // null: there is none of that name
    std::size_t words = 1;            // of the command line that name it
};

Found find(std::span<const std::string_view> arguments) {
    const std::string first{arguments.front()};
    const auto both = arguments.size() > 1 ? first + ' ' + std::string{arguments[1]} : first;
    for (const auto* command : commands()) {
        if (command->name == both) return {command, arguments.size() > 1 ? 2U : 1U};
        if (command->name == first) return {command, 1};
    }
    return {};
}

bool isGroup(std::string_view word) {
    return std::ranges::any_of(commands(),
                               [&](const auto* command) { return isOfGroup(*command, word); });
}

int refuseCommand(std::span<const std::string_view> arguments, const Terminal& terminal) {
    const auto name = arguments.front();
    if (isGroup(name)) {
        terminal.err << "hookgate " << name << ": "
                     << (arguments.size() > 1
                             ? "there is no action \"" + std::string{arguments[1]} + '"'
                             : "which action?")
                     << "\n\n";
        printGroup(name, terminal.err);
    } else {
        terminal.err << "hookgate: there is no command \"" << name << "\"\n\n";
        printOverview(terminal.err);
    }
    return kUsageError;
}

bool asksForHelp(std::string_view word) {
    return word == "help" || word == "--help" || word == "-h";
}

int help(std::span<const std::string_view> arguments, const Terminal& terminal) {
    if (arguments.empty()) {
        printOverview(terminal.out);
        return kSuccess;
    }
    if (const auto found = find(arguments); found.command != nullptr) {
        printUsage(*found.command, terminal.out);
        return kSuccess;
    }
    if (arguments.size() > 1 || !isGroup(arguments.front()))
        return refuseCommand(arguments, terminal);
    printGroup(arguments.front(), terminal.out);
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
    if (asksForHelp(name)) return help(arguments.subspan(1), terminal);
    if (name == "--version") return execute(kVersion, arguments.subspan(1), terminal);
    if (const auto found = find(arguments); found.command != nullptr)
        return execute(*found.command, arguments.subspan(found.words), terminal);
    if (arguments.size() == 2 && asksForHelp(arguments[1]))
        return help(arguments.first(1), terminal);
    return refuseCommand(arguments, terminal);
}

// A message of several lines is indented, so that it reads as one. Names and values from outside
// may be in it.
void tell(std::string_view message, const Terminal& terminal) {
    terminal.err << "hookgate: ";
    for (std::size_t at = 0; at != std::string_view::npos;) {
        const auto end = message.find('\n', at);
        if (at > 0) terminal.err << "\n  ";
        terminal.err << base::printable(std::string{message.substr(at, end - at)});
        at = end == std::string_view::npos ? end : end + 1;
    }
    terminal.err << std::endl;
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
