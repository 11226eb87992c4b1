#pragma once

#include <hookgate/provider_abi.h>

#include <cstdint>
#include <span>

namespace hookgate::plugin {

// What hg_host.verify_signature computes. HG_MALFORMED: not a public key, or one of another kind
// than the scheme's or of less than 2048 bits; HG_UNSUPPORTED: unknown scheme. Keys are parsed once
// and kept, a bounded number of them. Safe to call from any thread.
hg_status verifySignature(hg_signature_scheme scheme, hg_str public_key, hg_str message,
                          hg_str signature, bool& valid) noexcept;

// What hg_host.make_signature computes, into the front of `out`. HG_LIMIT: `out` is too small.
hg_status makeSignature(hg_signature_scheme scheme, hg_str private_key, hg_str message,
                        std::span<std::uint8_t> out, std::uint64_t& size) noexcept;

} // namespace hookgate::plugin
