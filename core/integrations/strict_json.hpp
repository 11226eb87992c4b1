#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hookgate::integrations {

using Json = nlohmann::ordered_json;

// One JSON text in which `//` and `/* */` comments are allowed. Refused with the reason: what is no
// JSON, nesting deeper than 32 (the parser would go on until the stack ends), and a key that an
// object has twice.
base::Result<Json, std::string> parseStrictJson(std::string_view text);

} // namespace hookgate::integrations
