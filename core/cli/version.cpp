#include "core/cli/commands.hpp"
#include "core/cli/exit_codes.hpp"

#include <ostream>

namespace hookgate::cli {
namespace {

int runVersion(const Arguments&, const Terminal& terminal) {
    terminal.out << "hookgate " HOOKGATE_VERSION "\n";
    return kSuccess;
}

} // namespace

const Command kVersion{"version", "version", "tells which version this is", "", {}, runVersion};

} // namespace hookgate::cli
