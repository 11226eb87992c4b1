#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/usage.hpp"
#include "core/plugin/check/check.hpp"

#include <array>
#include <limits>
#include <string>

namespace hookgate::cli {
namespace {

int runCheck(const Arguments& arguments, const Terminal& terminal) {
    if (arguments.operands.empty())
        return refuseUsage(kPluginsCheck, "check which FILE?", terminal);
    bool passed = true;
    for (const auto& file : arguments.operands) {
        const auto report = plugin::check::checkPlugin({file, arguments.option("--vectors")});
        plugin::check::print(report, terminal.out);
        passed = passed && report.passed();
    }
    return passed ? kSuccess : kFailure;
}

constexpr std::array<std::string_view, 1> kOptions{"--vectors"};

} // namespace

const Command kPluginsCheck{
    "plugins check",
    "plugins check FILE... [--vectors PATH]",
    "puts plugin files to the test",
    "Loads each file in a process of its own and plays its vectors (those of --vectors, a file or "
    "a\n"
    "directory, or those built into it), then everything made from them that has to be refused: "
    "each byte\n"
    "of body and proof changed, headers missing, empty and doubled, other secrets.\n"
    "Exits with 1 when a check does not pass.",
    {kOptions, std::numeric_limits<std::size_t>::max()},
    runCheck};

} // namespace hookgate::cli
