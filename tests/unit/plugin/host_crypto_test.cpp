#include "core/plugin/host_crypto.hpp"

#include "core/base/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace hookgate::plugin {
namespace {

hg_str rawOf(std::string_view text) {
    return {text.data(), text.size()};
}

std::string hmacHex(hg_hash hash, std::string_view key, const std::vector<std::string>& parts) {
    std::vector<hg_str> raws;
    for (const auto& part : parts)
        raws.push_back(rawOf(part));
    std::array<std::uint8_t, 64> out{};
    std::uint64_t size = 0;
    const auto status = hmacOf(hash, rawOf(key), raws, out, size);
    if (status != HG_OK) return "status " + std::to_string(status);
    return base::toHex(std::span{out}.first(size));
}

std::string digestHex(hg_hash hash, std::string_view text) {
    const auto part = rawOf(text);
    std::array<std::uint8_t, 64> out{};
    std::uint64_t size = 0;
    const auto status = digestOf(hash, {&part, 1}, out, size);
    if (status != HG_OK) return "status " + std::to_string(status);
    return base::toHex(std::span{out}.first(size));
}

// RFC 4231, test cases 1, 2 and 6; RFC 2202 for SHA-1 and MD5.
TEST(HostHmac, AgreesWithThePublishedVectors) {
    const std::string twenty_0b(20, '\x0b');
    EXPECT_EQ(hmacHex(HG_SHA256, twenty_0b, {"Hi There"}),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hmacHex(HG_SHA512, twenty_0b, {"Hi There"}),
              "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
              "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
    EXPECT_EQ(hmacHex(HG_SHA384, "Jefe", {"what do ya want for nothing?"}),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
              "8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(hmacHex(HG_SHA1, "Jefe", {"what do ya want for nothing?"}),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    EXPECT_EQ(hmacHex(HG_MD5, "Jefe", {"what do ya want for nothing?"}),
              "750c783e6ab0b503eaa86e310a5db738");
    EXPECT_EQ(hmacHex(HG_SHA256, std::string(131, '\xaa'),
                      {"Test Using Larger Than Block-Size Key - Hash Key First"}),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HostHmac, HashesPartsAsIfJoined) {
    EXPECT_EQ(hmacHex(HG_SHA256, "key", {"time", ".", "", "body"}),
              hmacHex(HG_SHA256, "key", {"time.body"}));
    EXPECT_EQ(hmacHex(HG_SHA256, "", {}),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HostDigest, AgreesWithThePublishedVectors) {
    EXPECT_EQ(digestHex(HG_SHA256, "abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digestHex(HG_SHA1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(digestHex(HG_MD5, ""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(digestHex(HG_CRC32, "123456789"), "cbf43926");
    EXPECT_EQ(digestHex(HG_CRC32, ""), "00000000");
}

TEST(HostDigest, RefusesUnknownAlgorithmsAndTooLittleRoom) {
    const auto unsupported = "status " + std::to_string(HG_UNSUPPORTED);
    for (const hg_hash hash : {0, -1, 99})
        EXPECT_EQ(digestHex(hash, "abc"), unsupported) << hash;
    std::array<std::uint8_t, 31> out{};
    std::uint64_t size = 0;
    EXPECT_EQ(digestOf(HG_SHA256, {}, out, size), HG_LIMIT);
    EXPECT_EQ(hmacOf(HG_SHA256, {}, {}, out, size), HG_LIMIT);
    EXPECT_EQ(hmacOf(HG_CRC32, {}, {}, out, size), HG_UNSUPPORTED);
}

} // namespace
} // namespace hookgate::plugin
