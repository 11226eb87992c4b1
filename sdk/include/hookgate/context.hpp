// hookgate/context.hpp - what the host offers during a call. Part of provider.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "hookgate/json.hpp"

namespace hookgate {

// A digest or a message authentication code, as bytes.
struct Digest {
    std::array<std::uint8_t, 64> bytes{};
    std::uint64_t size = 0;

    std::string_view view() const noexcept {
        const void* const first = bytes.data();
        return {static_cast<const char*>(first), static_cast<std::size_t>(size)};
    }

    std::string hex() const {
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string text;
        for (const auto byte : std::span{bytes}.first(size)) {
            text += kDigits[byte >> 4];
            text += kDigits[byte & 15];
        }
        return text;
    }
};

// What the host offers during one call.
class Context {
public:
    Context(const hg_host& host, const hg_call& call) noexcept : host_{host}, call_{call} {}

    std::int64_t nowUnixMs() const noexcept { return host_.now_unix_ms(&host_); }

    void log(hg_log_level level, std::string_view text) const noexcept {
        host_.log(&host_, level, raw(text));
    }

    // Time depends on the lengths only: use it for everything that is secret.
    bool equal(std::string_view a, std::string_view b) const noexcept {
        return host_.equal(&host_, raw(a), raw(b)) != 0;
    }

    // Of the joined parts.
    Digest digest(hg_hash hash, std::span<const std::string_view> parts) const {
        const auto raws = rawsOf(parts);
        Digest result;
        const auto status = host_.digest(&host_, hash, raws.data(), parts.size(),
                                         result.bytes.data(), result.bytes.size(), &result.size);
        if (status != HG_OK) throw Failure{status, "the gateway refuses this algorithm"};
        return result;
    }

    Digest digest(hg_hash hash, std::initializer_list<std::string_view> parts) const {
        return digest(hash, std::span{parts.begin(), parts.size()});
    }

    // HMAC of the joined parts.
    Digest hmac(hg_hash hash, std::string_view key, std::span<const std::string_view> parts) const {
        const auto raws = rawsOf(parts);
        Digest mac;
        const auto status = host_.hmac(&host_, hash, raw(key), raws.data(), parts.size(),
                                       mac.bytes.data(), mac.bytes.size(), &mac.size);
        if (status != HG_OK) throw Failure{status, "the gateway refuses this algorithm"};
        return mac;
    }

    Digest hmac(hg_hash hash, std::string_view key,
                std::initializer_list<std::string_view> parts) const {
        return hmac(hash, key, std::span{parts.begin(), parts.size()});
    }

    // Whether `hex`, in lower or upper case, is this digest; in constant time.
    bool matchesHex(const Digest& expected, std::string_view hex) const noexcept {
        std::array<char, 2 * sizeof(Digest::bytes)> lowered{};
        if (hex.size() != 2 * expected.size) return false;
        for (std::size_t i = 0; i < hex.size(); ++i)
            lowered[i] = hex[i] >= 'A' && hex[i] <= 'F' ? static_cast<char>(hex[i] | 0x20) : hex[i];
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::array<char, 2 * sizeof(Digest::bytes)> wanted{};
        for (std::size_t i = 0; i < expected.size; ++i) {
            wanted[2 * i] = kDigits[expected.bytes[i] >> 4];
            wanted[2 * i + 1] = kDigits[expected.bytes[i] & 15];
        }
        return equal({wanted.data(), hex.size()}, {lowered.data(), hex.size()});
    }

    // Whether `base64`, padded and canonical, is this digest; in constant time.
    bool matchesBase64(const Digest& expected, std::string_view base64) const {
        const auto given = decoded(HG_BASE64, base64);
        return given && equal(expected.view(), *given);
    }

    // Whether `signature` is the key's over the message. The key as hg_host.verify_signature takes
    // it; throws InvalidSettings when it is none.
    bool proves(hg_signature_scheme scheme, std::string_view public_key, std::string_view message,
                std::string_view signature) const {
        if (host_.verify_signature == nullptr)
            throw Failure{HG_UNSUPPORTED, "this gateway verifies no asymmetric signatures"};
        std::uint32_t valid = 0;
        const auto status = host_.verify_signature(&host_, scheme, raw(public_key), raw(message),
                                                   raw(signature), &valid);
        if (status == HG_MALFORMED) throw InvalidSettings{"not a public key of the scheme's kind"};
        if (status != HG_OK) throw Failure{status, "the gateway refuses this scheme"};
        return valid == 1;
    }

    // The other side of proves(), for Provider::sign. A gateway that serves signs nothing.
    std::string signature(hg_signature_scheme scheme, std::string_view private_key,
                          std::string_view message) const {
        if (!HG_HAS(&host_, hg_host, make_signature) || host_.make_signature == nullptr)
            throw Failure{HG_UNSUPPORTED, "this gateway signs nothing"};
        std::array<std::uint8_t, 1024> bytes{};
        std::uint64_t size = 0;
        const auto status = host_.make_signature(&host_, scheme, raw(private_key), raw(message),
                                                 bytes.data(), bytes.size(), &size);
        if (status != HG_OK) throw InvalidSettings{"not a private key of the scheme's kind"};
        return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
    }

    // As Unix milliseconds; throws Malformed.
    std::int64_t time(std::string_view text, hg_time_format format = HG_TIME_ISO8601) const {
        const auto unix_ms = timeIf(text, format);
        if (!unix_ms)
            throw Malformed{format == HG_TIME_ISO8601 ? "not an ISO 8601 time with an offset"
                                                      : "not a Unix time"};
        return *unix_ms;
    }

    // The same for what a stranger wrote, in verify: nothing unless it is a time.
    std::optional<std::int64_t> timeIf(std::string_view text,
                                       hg_time_format format) const noexcept {
        std::int64_t unix_ms = 0;
        if (host_.parse_time(&host_, format, raw(text), &unix_ms) != HG_OK) return std::nullopt;
        return unix_ms;
    }

    // The bytes; nothing unless the text is exactly the encoding of some.
    std::optional<std::string_view> decoded(hg_encoding encoding, std::string_view text) const {
        need(HG_HAS(&call_, hg_call, decode));
        hg_str bytes{};
        const auto status = call_.decode(&call_, encoding, raw(text), &bytes);
        if (status == HG_MALFORMED) return std::nullopt;
        if (status != HG_OK) throw Failure{status, "cannot decode"};
        return view(bytes);
    }

    std::string_view encoded(hg_encoding encoding, std::string_view bytes) const {
        need(HG_HAS(&call_, hg_call, encode));
        hg_str text{};
        const auto status = call_.encode(&call_, encoding, raw(bytes), &text);
        if (status != HG_OK) throw Failure{status, "cannot encode"};
        return view(text);
    }

    // The fields of a form or a query, decoded, in order, duplicates kept; throws Malformed.
    std::span<const hg_field> form(std::string_view text) const {
        need(HG_HAS(&call_, hg_call, form));
        const hg_field* first = nullptr;
        std::uint64_t count = 0;
        const auto status = call_.form(&call_, raw(text), &first, &count);
        if (status != HG_OK) throw Failure{status, "not a form"};
        return {first, static_cast<std::size_t>(count)};
    }

    // The parts of a multipart/form-data body, in order; throws Malformed.
    std::span<const hg_part> multipart(std::string_view content_type, std::string_view body) const {
        need(HG_HAS(&call_, hg_call, multipart));
        const hg_part* first = nullptr;
        std::uint64_t count = 0;
        const auto status = call_.multipart(&call_, raw(content_type), raw(body), &first, &count);
        if (status != HG_OK) throw Failure{status, "not a multipart form"};
        return {first, static_cast<std::size_t>(count)};
    }

    // Throws Malformed when the text is not JSON.
    Json json(std::string_view text) const {
        const hg_json* json = nullptr;
        const auto status = call_.json_open(&call_, raw(text), &json);
        if (status != HG_OK) throw Failure{status, "not JSON"};
        return Json{call_, json, 0};
    }

    // Copies text into memory that outlives the plugin's frame.
    hg_str keep(std::string_view text) const {
        if (text.empty()) return {};
        auto* const copy = static_cast<char*>(call_.alloc(&call_, text.size()));
        if (copy == nullptr) throw Failure{HG_LIMIT, "arena exhausted"};
        text.copy(copy, text.size());
        return {copy, text.size()};
    }

    // Zeroed, for plain structs only.
    template <class T>
    T* array(std::size_t count) const {
        static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
        if (count == 0) return nullptr;
        auto* const memory = call_.alloc(&call_, count * sizeof(T));
        if (memory == nullptr) throw Failure{HG_LIMIT, "arena exhausted"};
        return static_cast<T*>(memory);
    }

    const hg_host& host() const noexcept { return host_; }

    const hg_call& call() const noexcept { return call_; }

private:
    static constexpr std::size_t kPartsMax = 16;

    static std::array<hg_str, kPartsMax> rawsOf(std::span<const std::string_view> parts) {
        std::array<hg_str, kPartsMax> raws{};
        if (parts.size() > kPartsMax) throw Failure{HG_LIMIT, "too many parts"};
        for (std::size_t i = 0; i < parts.size(); ++i)
            raws[i] = raw(parts[i]);
        return raws;
    }

    static void need(bool has) {
        if (!has) throw Failure{HG_UNSUPPORTED, "this gateway is too old for this plugin"};
    }

    const hg_host& host_;
    const hg_call& call_;
};

} // namespace hookgate
