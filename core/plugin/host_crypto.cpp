#include "core/plugin/host_crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kAlgorithms = 5;
constexpr std::size_t kBlockBytesMax = 128;

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Fetched once: an implicit fetch at every digest costs more than hashing a small body.
const EVP_MD* algorithm(std::size_t index) noexcept {
    static const auto kFetched = [] {
        std::array<EVP_MD*, kAlgorithms> fetched{};
        constexpr std::array kNames{"SHA256", "SHA1", "SHA512", "MD5", "SHA384"};
        for (std::size_t i = 0; i < kAlgorithms; ++i)
            fetched[i] = EVP_MD_fetch(nullptr, kNames[i], nullptr);
        return fetched;
    }();
    return kFetched[index];
}

// A context per algorithm, because changing the algorithm of one frees and allocates.
EVP_MD_CTX* begin(std::size_t index) noexcept {
    thread_local std::array<Context, kAlgorithms> contexts;
    auto& context = contexts[index];
    if (!context) context.reset(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex2(context.get(), algorithm(index), nullptr) != 1)
        return nullptr;
    return context.get();
}

bool add(EVP_MD_CTX* context, const void* data, std::uint64_t size) noexcept {
    return size == 0 || EVP_DigestUpdate(context, data, size) == 1;
}

bool add(EVP_MD_CTX* context, std::span<const hg_str> parts) noexcept {
    for (const auto& part : parts)
        if (!add(context, part.data, part.size)) return false;
    return true;
}

// HG_OK, the algorithm's place and the size of its result.
hg_status select(hg_hash hash, std::size_t capacity, std::size_t& index,
                 std::uint64_t& size) noexcept {
    if (hash < HG_SHA256 || hash > HG_SHA384) return HG_UNSUPPORTED;
    index = static_cast<std::size_t>(hash - HG_SHA256);
    if (algorithm(index) == nullptr) return HG_UNSUPPORTED;
    size = static_cast<std::uint64_t>(EVP_MD_get_size(algorithm(index)));
    return size <= capacity ? HG_OK : HG_LIMIT;
}

// ISO 3309, the one of zlib and PNG.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t rest = i;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xedb88320U : 0U);
        table[i] = rest;
    }
    return table;
}();

hg_status crc32Of(std::span<const hg_str> parts, std::span<std::uint8_t> out,
                  std::uint64_t& size) noexcept {
    size = sizeof(std::uint32_t);
    if (out.size() < size) return HG_LIMIT;
    std::uint32_t crc = 0xffffffffU;
    for (const auto& part : parts)
        for (std::uint64_t i = 0; i < part.size; ++i)
            crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(part.data[i])) & 0xff];
    crc = ~crc;
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    return HG_OK;
}

} // namespace

hg_status digestOf(hg_hash hash, std::span<const hg_str> parts, std::span<std::uint8_t> out,
                   std::uint64_t& size) noexcept {
    if (hash == HG_CRC32) return crc32Of(parts, out, size);
    std::size_t index = 0;
    if (const auto status = select(hash, out.size(), index, size); status != HG_OK) return status;
    auto* const context = begin(index);
    if (context == nullptr || !add(context, parts) ||
        EVP_DigestFinal_ex(context, out.data(), nullptr) != 1)
        return HG_INTERNAL;
    return HG_OK;
}

// RFC 2104 over the cached contexts: EVP_MAC costs more to set up than a small body to hash.
hg_status hmacOf(hg_hash hash, hg_str key, std::span<const hg_str> parts,
                 std::span<std::uint8_t> out, std::uint64_t& size) noexcept {
    std::size_t index = 0;
    if (const auto status = select(hash, out.size(), index, size); status != HG_OK) return status;
    const auto block_bytes = static_cast<std::size_t>(EVP_MD_get_block_size(algorithm(index)));
    std::array<std::uint8_t, kBlockBytesMax> block{};
    if (key.size > block_bytes) {
        std::uint64_t key_bytes = 0;
        if (digestOf(hash, {&key, 1}, block, key_bytes) != HG_OK) return HG_INTERNAL;
    } else {
        for (std::size_t i = 0; i < key.size; ++i)
            block[i] = static_cast<std::uint8_t>(key.data[i]);
    }
    for (auto& byte : block)
        byte ^= 0x36;
    auto* context = begin(index);
    bool worked = context != nullptr && add(context, block.data(), block_bytes) &&
                  add(context, parts) && EVP_DigestFinal_ex(context, out.data(), nullptr) == 1;
    for (auto& byte : block)
        byte ^= 0x36 ^ 0x5c;
    context = worked ? begin(index) : nullptr;
    worked = context != nullptr && add(context, block.data(), block_bytes) &&
             add(context, out.data(), size) &&
             EVP_DigestFinal_ex(context, out.data(), nullptr) == 1;
    OPENSSL_cleanse(block.data(), block.size());
    return worked ? HG_OK : HG_INTERNAL;
}

} // namespace hookgate::plugin
