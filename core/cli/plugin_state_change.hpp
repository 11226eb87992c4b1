#pragma once

#include "core/cli/terminal.hpp"
#include "core/config/settings.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

namespace hookgate::cli {

// Asks the running gateway to change a plugin's state and tells what came of it; returns the exit
// code. `path` below /api/v1.
int changePluginState(const config::Settings& settings, std::string_view path,
                      const nlohmann::json& body, const Terminal& terminal);

} // namespace hookgate::cli
