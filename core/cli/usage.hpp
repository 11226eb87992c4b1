#pragma once

#include "core/cli/commands.hpp"

#include <iosfwd>
#include <string_view>

namespace hookgate::cli {

// What there is to call.
void printOverview(std::ostream& out);

// What there is to call behind one word that several commands begin with: "plugins".
void printGroup(std::string_view group, std::ostream& out);

bool isOfGroup(const Command& command, std::string_view group) noexcept;

// How one command is called.
void printUsage(const Command& command, std::ostream& out);

// A wrong command line; returns the exit code for it.
int refuseUsage(const Command& command, std::string_view problem, const Terminal& terminal);

} // namespace hookgate::cli
