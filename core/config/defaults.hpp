#pragma once

#include "core/config/settings.hpp"

#include <string_view>

namespace hookgate::config {

// Everybody who has read the documentation knows it.
inline constexpr std::string_view kDemoManagementKey = "local-internal-management-key";

// The settings of an installation that says nothing: they depend on APP_ENV, on where the
// executable lies and on whether standard error is a terminal.
Settings defaultSettings(Environment environment);

} // namespace hookgate::config
