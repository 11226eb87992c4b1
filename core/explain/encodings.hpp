#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookgate::explain {

// Lenient readers, for guesses only: either case, base64 of both alphabets with padding or without.
// nullopt: no such text, or an empty one.
std::optional<std::string> fromHex(std::string_view text);
std::optional<std::string> fromBase64(std::string_view text);

std::string toHex(std::string_view bytes);
std::string toBase64(std::string_view bytes);

} // namespace hookgate::explain
