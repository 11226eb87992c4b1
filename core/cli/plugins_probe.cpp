#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"
#include "core/cli/usage.hpp"
#include "core/plugin/probe/subject.hpp"

#include <charconv>
#include <chrono>

#include <unistd.h>

namespace hookgate::cli {
namespace {

int runProbe(const Arguments& arguments, const Terminal& terminal) {
    int seconds = 0;
    if (arguments.operands.size() == 2) {
        const auto& text = arguments.operands.front();
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    if (seconds < 1) return refuseUsage(kPluginsProbe, "the gateway itself calls this", terminal);
    plugin::probeSubject(arguments.operands.back(), STDIN_FILENO, STDOUT_FILENO,
                         std::chrono::seconds{seconds});
    ::_exit(kSuccess); // whatever the plugin has registered to run at the end does not matter
}

} // namespace

const Command kPluginsProbe{
    "plugins probe",
    "plugins probe CPU_SECONDS NAME",
    {}, // the gateway's own, not for the help
    "Loads the plugin that standard input gives and plays the vectors that came with it. The "
    "gateway starts\n"
    "this for each file that it has not loaded before; to try a file by hand, use hookgate plugins "
    "check.",
    {{}, 2},
    runProbe};

} // namespace hookgate::cli
