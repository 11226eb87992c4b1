#include "core/plugin/host_signature.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kKeysKept = 64;
constexpr std::size_t kKeyBytesMax = std::size_t{16} * 1024;
constexpr std::size_t kEd25519KeyBytes = 32;
constexpr std::size_t kScalarBytes = 32; // of P-256
constexpr int kRsaBitsMin = 2048;

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* object) const noexcept {
        Function(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

// What failed inside the library is told by the result; its error queue must not grow.
struct ErrorsCleared {
    ErrorsCleared() = default;
    ErrorsCleared(const ErrorsCleared&) = delete;
    ErrorsCleared& operator=(const ErrorsCleared&) = delete;

    ~ErrorsCleared() { ERR_clear_error(); }
};

std::string_view viewOf(hg_str text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}

const unsigned char* bytesOf(std::string_view text) noexcept {
    const void* const first = text.data();
    return static_cast<const unsigned char*>(first);
}

bool isEcdsa(hg_signature_scheme scheme) noexcept {
    return scheme == HG_ECDSA_P256_SHA256 || scheme == HG_ECDSA_P256_SHA256_RAW;
}

bool isKnown(hg_signature_scheme scheme) noexcept {
    return scheme >= HG_ED25519 && scheme <= HG_ECDSA_P256_SHA256_RAW;
}

bool fits(EVP_PKEY* key, hg_signature_scheme scheme) noexcept {
    if (scheme == HG_ED25519) return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    if (!isEcdsa(scheme))
        return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= kRsaBitsMin;
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
    std::array<char, 64> group{};
    std::size_t size = 0;
    return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
           OBJ_txt2nid(group.data()) == NID_X9_62_prime256v1;
}

// Never asks a terminal for a pass phrase.
int noPassPhrase(char*, int, int, void*) noexcept {
    return -1;
}

Key parsePem(std::string_view text, bool is_private) {
    const Bio bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    if (!bio) return nullptr;
    if (is_private) return Key{PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassPhrase, nullptr)};
    if (text.find("-----BEGIN CERTIFICATE-----") == std::string_view::npos)
        return Key{PEM_read_bio_PUBKEY(bio.get(), nullptr, noPassPhrase, nullptr)};
    const Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, noPassPhrase, nullptr)};
    return certificate ? Key{X509_get_pubkey(certificate.get())} : nullptr;
}

Key parseDer(std::string_view bytes, bool is_private) {
    const auto* at = bytesOf(bytes);
    Key key{is_private ? d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size()))
                       : d2i_PUBKEY(nullptr, &at, static_cast<long>(bytes.size()))};
    const bool whole = at == bytesOf(bytes) + bytes.size();
    return whole ? std::move(key) : nullptr;
}

Key parseKey(std::string_view bytes, hg_signature_scheme scheme, bool is_private) {
    if (bytes.empty() || bytes.size() > kKeyBytesMax) return nullptr;
    Key key;
    if (bytes.find("-----BEGIN ") != std::string_view::npos)
        key = parsePem(bytes, is_private);
    else if (scheme == HG_ED25519 && bytes.size() == kEd25519KeyBytes)
        key.reset(is_private ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                            bytesOf(bytes), bytes.size())
                             : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                           bytesOf(bytes), bytes.size()));
    else
        key = parseDer(bytes, is_private);
    return key && fits(key.get(), scheme) ? std::move(key) : nullptr;
}

// Parsing a key costs more than using it. What is asked for comes from settings and not from
// strangers, but the number is bounded all the same.
class PublicKeys {
public:
    std::shared_ptr<EVP_PKEY> find(hg_signature_scheme scheme, std::string_view bytes) {
        const Name name{scheme, std::string{bytes}};
        const std::lock_guard lock{mutex_};
        if (const auto found = keys_.find(name); found != keys_.end()) return found->second;
        std::shared_ptr<EVP_PKEY> key{parseKey(bytes, scheme, false)};
        if (!key) return nullptr;
        if (keys_.size() == kKeysKept) keys_.clear();
        keys_.emplace(name, key);
        return key;
    }

private:
    using Name = std::pair<hg_signature_scheme, std::string>;

    std::mutex mutex_;
    std::map<Name, std::shared_ptr<EVP_PKEY>> keys_;
};

PublicKeys& publicKeys() {
    static PublicKeys keys;
    return keys;
}

const EVP_MD* hashOf(hg_signature_scheme scheme) noexcept {
    if (scheme == HG_ED25519) return nullptr;
    return scheme == HG_RSA_PKCS1_SHA1 ? EVP_sha1() : EVP_sha256();
}

bool usePadding(EVP_PKEY_CTX* context, hg_signature_scheme scheme) noexcept {
    if (scheme != HG_RSA_PSS_SHA256) return true;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

// r and s as DER; empty when they are no two scalars.
std::vector<std::uint8_t> derOf(std::string_view raw) {
    if (raw.size() != 2 * kScalarBytes) return {};
    const EcSignature signature{ECDSA_SIG_new()};
    Number r{BN_bin2bn(bytesOf(raw), kScalarBytes, nullptr)};
    Number s{BN_bin2bn(bytesOf(raw.substr(kScalarBytes)), kScalarBytes, nullptr)};
    if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    if (size <= 0) return {};
    std::vector<std::uint8_t> bytes{der, der + size};
    OPENSSL_free(der);
    return bytes;
}

bool rawOf(std::span<const std::uint8_t> der, std::span<std::uint8_t> out) noexcept {
    const auto* at = der.data();
    const EcSignature signature{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
    if (!signature || out.size() < 2 * kScalarBytes) return false;
    return BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), kScalarBytes) > 0 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + kScalarBytes,
                        kScalarBytes) > 0;
}

bool isValid(EVP_PKEY* key, hg_signature_scheme scheme, std::string_view message,
             std::string_view signature) {
    std::vector<std::uint8_t> der;
    const auto* proof = bytesOf(signature);
    auto proof_bytes = signature.size();
    if (scheme == HG_ECDSA_P256_SHA256_RAW) {
        der = derOf(signature);
        proof = der.data();
        proof_bytes = der.size();
    }
    if (proof_bytes == 0) return false;
    const Context context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* key_context = nullptr; // the context's
    return context &&
           EVP_DigestVerifyInit(context.get(), &key_context, hashOf(scheme), nullptr, key) == 1 &&
           usePadding(key_context, scheme) &&
           EVP_DigestVerify(context.get(), proof, proof_bytes, bytesOf(message), message.size()) ==
               1;
}

} // namespace

hg_status verifySignature(hg_signature_scheme scheme, hg_str public_key, hg_str message,
                          hg_str signature, bool& valid) noexcept {
    valid = false;
    if (!isKnown(scheme)) return HG_UNSUPPORTED;
    const ErrorsCleared cleared;
    try {
        const auto key = publicKeys().find(scheme, viewOf(public_key));
        if (!key) return HG_MALFORMED;
        valid = isValid(key.get(), scheme, viewOf(message), viewOf(signature));
        return HG_OK;
    } catch (const std::exception&) {
        return HG_LIMIT;
    }
}

hg_status makeSignature(hg_signature_scheme scheme, hg_str private_key, hg_str message,
                        std::span<std::uint8_t> out, std::uint64_t& size) noexcept {
    if (!isKnown(scheme)) return HG_UNSUPPORTED;
    const ErrorsCleared cleared;
    try {
        const auto key = parseKey(viewOf(private_key), scheme, true);
        if (!key) return HG_MALFORMED;
        const Context context{EVP_MD_CTX_new()};
        EVP_PKEY_CTX* key_context = nullptr; // the context's
        std::size_t bytes = 0;
        const auto text = viewOf(message);
        if (!context ||
            EVP_DigestSignInit(context.get(), &key_context, hashOf(scheme), nullptr, key.get()) !=
                1 ||
            !usePadding(key_context, scheme) ||
            EVP_DigestSign(context.get(), nullptr, &bytes, bytesOf(text), text.size()) != 1)
            return HG_INTERNAL;
        std::vector<std::uint8_t> proof(bytes);
        if (EVP_DigestSign(context.get(), proof.data(), &bytes, bytesOf(text), text.size()) != 1)
            return HG_INTERNAL;
        if (scheme == HG_ECDSA_P256_SHA256_RAW) {
            size = 2 * kScalarBytes;
            return rawOf(std::span{proof}.first(bytes), out) ? HG_OK : HG_LIMIT;
        }
        if (bytes > out.size()) return HG_LIMIT;
        std::copy_n(proof.begin(), bytes, out.begin());
        size = bytes;
        return HG_OK;
    } catch (const std::exception&) {
        return HG_LIMIT;
    }
}

} // namespace hookgate::plugin
