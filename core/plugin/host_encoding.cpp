#include "core/plugin/host_encoding.hpp"

#include "core/base/hex.hpp"

#include <array>
#include <cstdint>

namespace hookgate::plugin {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> valuesOf(std::string_view alphabet) {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values)
        value = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}

constexpr auto kBase64Values = valuesOf(kBase64);
constexpr auto kBase64UrlValues = valuesOf(kBase64Url);

unsigned byteOf(char c) noexcept {
    return static_cast<unsigned char>(c);
}

std::optional<std::size_t> hexInto(std::string_view text, char* out) noexcept {
    if (text.size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = base::hexDigit(text[i]);
        const int low = base::hexDigit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out[i / 2] = static_cast<char>(high * 16 + low);
    }
    return text.size() / 2;
}

// The digits without their padding; nullopt when it is not complete.
std::optional<std::string_view> withoutPadding(std::string_view text, bool may_lack) noexcept {
    std::size_t padding = 0;
    while (padding < text.size() && padding < 3 && text[text.size() - 1 - padding] == '=')
        ++padding;
    const auto digits = text.substr(0, text.size() - padding);
    const auto wanted = (4 - digits.size() % 4) % 4;
    const bool complete = padding == wanted || (padding == 0 && may_lack);
    if (!complete || digits.size() % 4 == 1) return std::nullopt;
    return digits;
}

std::optional<std::size_t> base64Into(std::string_view text, bool url, char* out) noexcept {
    const auto digits = withoutPadding(text, url);
    if (!digits) return std::nullopt;
    const auto& values = url ? kBase64UrlValues : kBase64Values;
    unsigned bits = 0;
    int count = 0;
    std::size_t size = 0;
    for (const char c : *digits) {
        const int value = values[byteOf(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<unsigned>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out[size++] = static_cast<char>((bits >> count) & 0xff);
        bits &= (1U << count) - 1;
    }
    if (bits != 0) return std::nullopt; // two texts would mean the same bytes
    return size;
}

void base64From(std::string_view bytes, bool url, char* out) noexcept {
    const auto& alphabet = url ? kBase64Url : kBase64;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto left = bytes.size() - i;
        const unsigned group = (byteOf(bytes[i]) << 16) |
                               (left > 1 ? byteOf(bytes[i + 1]) << 8 : 0U) |
                               (left > 2 ? byteOf(bytes[i + 2]) : 0U);
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[(group >> 12) & 63];
        if (left > 1 || !url) *out++ = left > 1 ? alphabet[(group >> 6) & 63] : '=';
        if (left > 2 || !url) *out++ = left > 2 ? alphabet[group & 63] : '=';
    }
}

} // namespace

std::optional<std::size_t> decodedBytesMax(hg_encoding encoding, std::size_t text_bytes) noexcept {
    if (encoding == HG_HEX) return text_bytes / 2;
    if (encoding == HG_BASE64 || encoding == HG_BASE64URL) return text_bytes / 4 * 3 + 2;
    return std::nullopt;
}

std::optional<std::size_t> encodedBytes(hg_encoding encoding, std::size_t bytes) noexcept {
    if (encoding == HG_HEX) return bytes * 2;
    if (encoding == HG_BASE64) return (bytes + 2) / 3 * 4;
    if (encoding == HG_BASE64URL) return (bytes * 4 + 2) / 3;
    return std::nullopt;
}

std::optional<std::size_t> decodeInto(hg_encoding encoding, std::string_view text,
                                      char* out) noexcept {
    return encoding == HG_HEX ? hexInto(text, out)
                              : base64Into(text, encoding == HG_BASE64URL, out);
}

void encodeInto(hg_encoding encoding, std::string_view bytes, char* out) noexcept {
    if (encoding != HG_HEX) return base64From(bytes, encoding == HG_BASE64URL, out);
    for (const char c : bytes) {
        *out++ = kHexDigits[byteOf(c) >> 4];
        *out++ = kHexDigits[byteOf(c) & 15];
    }
}

} // namespace hookgate::plugin
