#pragma once

#include <hookgate/provider_abi.h>

#include <cstdint>
#include <span>

namespace hookgate::plugin {

// What hg_host.digest and hg_host.hmac compute: over the parts as if joined, into the front of
// `out`. HG_UNSUPPORTED: unknown algorithm; HG_LIMIT: `out` is too small. Safe to call from any
// thread.
hg_status digestOf(hg_hash hash, std::span<const hg_str> parts, std::span<std::uint8_t> out,
                   std::uint64_t& size) noexcept;
hg_status hmacOf(hg_hash hash, hg_str key, std::span<const hg_str> parts,
                 std::span<std::uint8_t> out, std::uint64_t& size) noexcept;

} // namespace hookgate::plugin
