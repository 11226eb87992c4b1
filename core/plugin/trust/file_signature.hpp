#pragma once

#include "core/base/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// What a detached signature of FILE is called: FILE.sig.
inline constexpr std::string_view kSignatureEnding = ".sig";

// The public keys in a text of PEM blocks, each as a PEM text; whatever stands between them is
// ignored. The error says what to do.
base::Result<std::vector<std::string>, std::string> publicKeysIn(std::string_view pem);

// Whether `signature`, in base64, is an Ed25519 signature (RFC 8032) of `bytes` by one of the keys.
// Not empty: in what way not.
std::string signatureProblem(std::span<const std::string> public_keys, std::string_view bytes,
                             std::string_view signature);

// The signature by a private Ed25519 key in PEM, in base64 and a line; the error says what to do.
base::Result<std::string, std::string> signatureOf(std::string_view private_key,
                                                   std::string_view bytes);

} // namespace hookgate::plugin
