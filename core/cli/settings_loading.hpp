#pragma once

#include "core/cli/arguments.hpp"
#include "core/cli/terminal.hpp"
#include "core/config/load.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace hookgate::cli {

inline constexpr std::array<std::string_view, 1> kConfigOption{"--config"};

// The settings that the environment and --config ask for; nullopt: every problem has been told, and
// the exit code is kConfiguration.
std::optional<config::Loaded> loadSettings(const Arguments& arguments, const Terminal& terminal);

} // namespace hookgate::cli
