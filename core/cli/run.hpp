#pragma once

#include "core/cli/terminal.hpp"

#include <span>
#include <string_view>

namespace hookgate::cli {

// The whole program: dispatches on the first argument (the program's name is not among them) and
// returns the exit code. Nothing is thrown.
int run(std::span<const std::string_view> arguments, const Terminal& terminal) noexcept;

} // namespace hookgate::cli
