#pragma once

#include "core/base/result.hpp"
#include "core/domain/integration.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::integrations {

using Problems = std::vector<std::string>; // each names the file, the entry and the key

// Reads INTEGRATIONS_FILE: a JSON list of
//   {"provider", "name" (default: the provider), "callbackUrl": "http://..." or a reference,
//    "secrets": [reference with optional "keyId", newest first], "active": true, "settings": {}}
// where a reference is {"env": "NAME", "development": "..."} or {"file": "/path"}. Nothing is
// resolved; ids and times are left for the store to fill. All problems are found at once.
base::Result<std::vector<domain::Integration>, Problems> readIntegrations(
    const std::filesystem::path& file);

// As readIntegrations() on `text`; `file` only for messages.
base::Result<std::vector<domain::Integration>, Problems> parseIntegrations(std::string_view text,
                                                                           std::string_view file);

} // namespace hookgate::integrations
