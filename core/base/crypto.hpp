#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hookgate::base {

using Sha256 = std::array<std::uint8_t, 32>;

// All safe to call from any thread. They abort when the crypto library itself is broken: nothing
// the gateway promises could be kept then.
Sha256 sha256(std::string_view data) noexcept;
Sha256 hmacSha256(std::string_view key, std::string_view data) noexcept;
void randomBytes(std::span<std::uint8_t> out) noexcept;

// Time depends on the lengths only.
bool equalConstantTime(std::string_view a, std::string_view b) noexcept;

std::string toBase64(std::string_view bytes);

} // namespace hookgate::base
