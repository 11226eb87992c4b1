#pragma once

#include "core/cli/commands.hpp"

#include <iosfwd>
#include <string_view>

namespace hookgate::cli {

// What there is to call.
void printOverview(std::ostream& out);

// How one command is called.
void printUsage(const Command& command, std::ostream& out);

// A wrong command line; returns the exit code for it.
int refuseUsage(const Command& command, std::string_view problem, const Terminal& terminal);

} // namespace hookgate::cli
