#pragma once

#include "core/plugin/check/check.hpp"

#include <iosfwd>
#include <span>

namespace hookgate::plugin::check {

// For people: one line a finding, and a summary of each plugin.
void printText(std::span<const CheckReport> reports, std::ostream& out);

// For programs:
// {"plugins":[{"file","passed","vectors","cases","waived","tookMs","findings":[...]}]}.
void printJson(std::span<const CheckReport> reports, std::ostream& out);

// For CI servers, as JUnit writes it: a suite for each plugin, a case for each check. Warnings are
// in the output of their case.
void printJunit(std::span<const CheckReport> reports, std::ostream& out);

// What there is to find: id, level and what it means, a line each.
void printCatalogue(std::ostream& out);

} // namespace hookgate::plugin::check
