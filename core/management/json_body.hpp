#pragma once

#include "core/http/message.hpp"

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hookgate::management {

// One JSON text, read strictly: nullopt for anything else, for nesting deeper than 32 (the parser
// would go on until the stack ends) and for an object that names a key twice.
std::optional<nlohmann::json> parseJson(std::string_view text);

// 415 for a request whose body, if it has one, does not say that it is JSON.
std::optional<http::Reply> refuseUnlessJson(const http::Request& request);

} // namespace hookgate::management
