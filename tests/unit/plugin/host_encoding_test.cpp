#include "core/plugin/host_encoding.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace hookgate::plugin {
namespace {

std::optional<std::string> decoded(hg_encoding encoding, std::string_view text) {
    std::string bytes(*decodedBytesMax(encoding, text.size()), '\0');
    const auto size = decodeInto(encoding, text, bytes.data());
    if (!size) return std::nullopt;
    bytes.resize(*size);
    return bytes;
}

std::string encoded(hg_encoding encoding, std::string_view bytes) {
    std::string text(*encodedBytes(encoding, bytes.size()), '\0');
    encodeInto(encoding, bytes, text.data());
    return text;
}

TEST(HostEncoding, AgreesWithTheVectorsOfRfc4648) {
    constexpr std::string_view kText = "foobar";
    constexpr const char* kBase64[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                       "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (std::size_t size = 0; size <= kText.size(); ++size) {
        EXPECT_EQ(encoded(HG_BASE64, kText.substr(0, size)), kBase64[size]);
        EXPECT_EQ(decoded(HG_BASE64, kBase64[size]), kText.substr(0, size));
    }
    EXPECT_EQ(encoded(HG_HEX, "\xff\x0a"), "ff0a");
    EXPECT_EQ(encoded(HG_BASE64URL, "\xff\xef"), "_-8");
}

TEST(HostEncoding, ComesBackFromEveryByte) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
        for (const auto encoding : {HG_HEX, HG_BASE64, HG_BASE64URL})
            EXPECT_EQ(decoded(encoding, encoded(encoding, bytes)), bytes) << encoding << ' ' << i;
    }
}

TEST(HostEncoding, RefusesWhatItWouldNotWrite) {
    for (const auto* const text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Z",
                                   "====", "Zm9v=", "_-8=", "Zg==Zg=="})
        EXPECT_FALSE(decoded(HG_BASE64, text)) << text;
    for (const auto* const text : {"+/8", "Zh", "_-8==", "_-8=x", "Z"})
        EXPECT_FALSE(decoded(HG_BASE64URL, text)) << text;
    for (const auto* const text : {"0", "0g", "0x00", " 00"})
        EXPECT_FALSE(decoded(HG_HEX, text)) << text;
    EXPECT_EQ(decoded(HG_HEX, "aAfF"), "\xaa\xff");
    EXPECT_EQ(decoded(HG_BASE64URL, "_-8="), "\xff\xef");
    EXPECT_FALSE(decodedBytesMax(0, 4));
    EXPECT_FALSE(encodedBytes(4, 4));
}

} // namespace
} // namespace hookgate::plugin
