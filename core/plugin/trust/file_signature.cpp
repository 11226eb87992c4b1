#include "core/plugin/trust/file_signature.hpp"

#include "core/base/crypto.hpp"
#include "core/base/text.hpp"
#include "core/plugin/host_encoding.hpp"
#include "core/plugin/host_signature.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hookgate::plugin {
namespace {

constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view kEnd = "-----END PUBLIC KEY-----";
constexpr std::size_t kKeysMax = 64;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kSignatureTextMax = 256;

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// Empty: no base64 of a signature.
std::string decoded(std::string_view text) {
    text = base::trim(text);
    if (text.size() > kSignatureTextMax) return {};
    std::string bytes(decodedBytesMax(HG_BASE64, text.size()).value_or(0), '\0');
    const auto size = decodeInto(HG_BASE64, text, bytes.data());
    bytes.resize(size.value_or(0));
    return bytes.size() == kSignatureBytes ? bytes : std::string{};
}

} // namespace

base::Result<std::vector<std::string>, std::string> publicKeysIn(std::string_view pem) {
    std::vector<std::string> keys;
    for (auto begin = pem.find(kBegin); begin != std::string_view::npos; begin = pem.find(kBegin)) {
        const auto end = pem.find(kEnd, begin);
        if (end == std::string_view::npos) break;
        keys.emplace_back(pem.substr(begin, end + kEnd.size() - begin)).append("\n");
        pem.remove_prefix(end + kEnd.size());
        if (keys.size() > kKeysMax)
            return base::Error{"it holds more than " + std::to_string(kKeysMax) + " keys"};
        bool valid = false;
        if (verifySignature(HG_ED25519, rawOf(keys.back()), {}, {}, valid) != HG_OK)
            return base::Error{"its key " + std::to_string(keys.size()) +
                               " is no public Ed25519 key; openssl pkey -in PRIVATE.pem -pubout "
                               "prints the one of a private key"};
    }
    if (keys.empty())
        return base::Error{
            std::string{"it holds no public key; openssl genpkey -algorithm ed25519 -out "
                        "PRIVATE.pem makes a pair, and openssl pkey -in PRIVATE.pem -pubout "
                        "prints the public key"}};
    return keys;
}

std::string signatureProblem(std::span<const std::string> public_keys, std::string_view bytes,
                             std::string_view signature) {
    const auto raw = decoded(signature);
    if (raw.empty()) return "it is no Ed25519 signature in base64";
    const bool matches = std::ranges::any_of(public_keys, [&](const std::string& key) {
        bool valid = false;
        return verifySignature(HG_ED25519, rawOf(key), rawOf(bytes), rawOf(raw), valid) == HG_OK &&
               valid;
    });
    return matches ? std::string{} : "no key of PLUGIN_KEYS_FILE has made it for these bytes";
}

base::Result<std::string, std::string> signatureOf(std::string_view private_key,
                                                   std::string_view bytes) {
    std::array<std::uint8_t, kSignatureBytes> signature{};
    std::uint64_t size = 0;
    if (makeSignature(HG_ED25519, rawOf(private_key), rawOf(bytes), signature, size) != HG_OK ||
        size != kSignatureBytes)
        return base::Error{
            std::string{"that is no private Ed25519 key in PEM without a password; openssl genpkey "
                        "-algorithm ed25519 -out PRIVATE.pem makes one"}};
    std::string raw(signature.begin(), signature.end());
    return base::toBase64(raw) + '\n';
}

} // namespace hookgate::plugin
