#include "core/base/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <memory>

namespace hookgate::base {
namespace {

void require(bool worked) noexcept {
    if (!worked) std::abort();
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// Fetched once: an implicit fetch at every digest costs more than hashing a small body.
const EVP_MD* sha256Algorithm() noexcept {
    static EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    require(kAlgorithm != nullptr);
    return kAlgorithm;
}

EVP_MD_CTX* freshDigest() noexcept {
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> kContext{EVP_MD_CTX_new()};
    require(kContext != nullptr &&
            EVP_DigestInit_ex2(kContext.get(), sha256Algorithm(), nullptr) == 1);
    return kContext.get();
}

} // namespace

Sha256 sha256(std::string_view data) noexcept {
    Sha256 digest;
    auto* context = freshDigest();
    require(EVP_DigestUpdate(context, data.data(), data.size()) == 1 &&
            EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
    return digest;
}

// RFC 2104 on the cached digest context: OpenSSL's one-shot HMAC() fetches its algorithm at each
// call.
Sha256 hmacSha256(std::string_view key, std::string_view data) noexcept {
    constexpr std::size_t kBlockBytes = 64;
    std::array<std::uint8_t, kBlockBytes> pad{};
    if (key.size() > kBlockBytes) {
        const auto short_key = sha256(key);
        std::copy(short_key.begin(), short_key.end(), pad.begin());
    } else {
        std::copy(key.begin(), key.end(), pad.begin());
    }
    for (auto& byte : pad)
        byte ^= 0x36;
    Sha256 inner;
    auto* context = freshDigest();
    require(EVP_DigestUpdate(context, pad.data(), pad.size()) == 1 &&
            EVP_DigestUpdate(context, data.data(), data.size()) == 1 &&
            EVP_DigestFinal_ex(context, inner.data(), nullptr) == 1);
    for (auto& byte : pad)
        byte ^= 0x36 ^ 0x5c;
    Sha256 outer;
    context = freshDigest();
    require(EVP_DigestUpdate(context, pad.data(), pad.size()) == 1 &&
            EVP_DigestUpdate(context, inner.data(), inner.size()) == 1 &&
            EVP_DigestFinal_ex(context, outer.data(), nullptr) == 1);
    OPENSSL_cleanse(pad.data(), pad.size());
    return outer;
}

void randomBytes(std::span<std::uint8_t> out) noexcept {
    require(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

bool equalConstantTime(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string toBase64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    if (bytes.empty()) return text;
    // EVP_EncodeBlock also writes a NUL behind the text: std::string has room for it.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(
                        text.data()), // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
                    reinterpret_cast<const unsigned char*>(
                        bytes.data()), // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
                    static_cast<int>(bytes.size()));
    return text;
}

} // namespace hookgate::base
