#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hookgate::management {

// One JSON text, read strictly: nullopt for anything else, for nesting deeper than 32 (the parser
// would go on until the stack ends) and for an object that names a key twice.
std::optional<nlohmann::json> parseJson(std::string_view text);

} // namespace hookgate::management
