#pragma once

#include "core/coordination/coordinator.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hookgate::coordination::redis {

// A marker as bytes with a checksum over them and the key they belong to: what was cut, padded,
// altered or copied to another key is none. REQUIRES: body_sha256 has 32 bytes.
std::string encodeMarker(std::string_view key, const Marker& marker);

// nullopt: in doubt.
std::optional<Marker> decodeMarker(std::string_view key, std::string_view value);

} // namespace hookgate::coordination::redis
