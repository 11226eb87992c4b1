// hookgate/provider.hpp - write a provider plugin in C++20.
//
// Header-only. Derive from hookgate::Provider, then HG_EXPORT_PROVIDERS(YourClass).
// Nothing thrown by a provider leaves the plugin: see detail::guarded.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hookgate/provider_abi.h"

#define HG_STRINGIFY_(x) #x
#define HG_STRINGIFY(x) HG_STRINGIFY_(x)

#ifndef HG_PLUGIN_VERSION // set by hookgate_add_plugin in CMake
#define HG_PLUGIN_VERSION "0.0.0"
#endif

namespace hookgate {

constexpr hg_str raw(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

constexpr std::string_view view(hg_str text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}

// A call that ends with a status other than HG_OK. what() goes to the operator.
class Failure : public std::runtime_error {
public:
    Failure(hg_status status, const std::string& why) : std::runtime_error{why}, status_{status} {}

    hg_status status() const noexcept { return status_; }

private:
    hg_status status_;
};

// The constructor's way to say what the operator has to change.
struct InvalidSettings : Failure {
    explicit InvalidSettings(const std::string& why) : Failure{HG_INVALID_SETTINGS, why} {}
};

// normalize: the payload is not what the provider promises. The sender reads what() too.
struct Malformed : Failure {
    explicit Malformed(const std::string& why) : Failure{HG_MALFORMED, why} {}
};

// normalize: authentic and of no interest.
struct Ignored : Failure {
    explicit Ignored(const std::string& why) : Failure{HG_IGNORED, why} {}
};

struct Secret {
    std::string key_id;
    std::string bytes;
};

// One value of a JSON document. Views end with the call.
struct JsonValue {
    hg_json_value value{};

    hg_json_kind kind() const noexcept { return value.kind; }

    // A string unescaped; anything else as it was written.
    std::string_view text() const noexcept { return view(value.text); }

    // The exact bytes of the document, a string with its quotes.
    std::string_view raw() const noexcept { return view(value.raw); }
};

// A JSON document, read by RFC 6901 pointer: "/data/id", "" for all of it. Ends with the call.
// Every look-up throws Malformed when a name it comes by is there twice.
class Json {
public:
    std::optional<JsonValue> find(std::string_view pointer) const {
        JsonValue found;
        const auto status = call_->json_find(call_, json_, 0, hookgate::raw(pointer), &found.value);
        if (status == HG_NOT_FOUND) return std::nullopt;
        if (status == HG_LIMIT) throw Failure{status, "too much text to unescape"};
        if (status != HG_OK)
            throw Failure{status, std::string{pointer} + " is there twice or is no valid text"};
        return found;
    }

    // Throws Malformed when the value is absent or of another kind.
    JsonValue at(std::string_view pointer, hg_json_kind kind) const {
        const auto found = find(pointer);
        if (!found || found->kind() != kind)
            throw Malformed{std::string{pointer} + " must be " + nameOf(kind)};
        return *found;
    }

    std::string_view string(std::string_view pointer) const {
        return at(pointer, HG_JSON_STRING).text();
    }

    // As string(), and more than white space.
    JsonValue nonBlank(std::string_view pointer) const {
        const auto found = at(pointer, HG_JSON_STRING);
        if (found.text().find_first_not_of(" \t\r\n") == std::string_view::npos)
            throw Malformed{std::string{pointer} + " must not be blank"};
        return found;
    }

    JsonValue object(std::string_view pointer) const { return at(pointer, HG_JSON_OBJECT); }

    // Throws Malformed unless the value is a whole number that fits.
    std::int64_t integer(std::string_view pointer) const {
        const auto digits = at(pointer, HG_JSON_NUMBER).text();
        std::int64_t number = 0;
        const auto* const end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, number);
        if (parsed.ec != std::errc{} || parsed.ptr != end)
            throw Malformed{std::string{pointer} + " must be a whole number"};
        return number;
    }

    // Calls `visit(name, value)` for each child of an array (name is empty) or an object.
    template <class Visit>
    void forEach(const JsonValue& parent, Visit&& visit) const {
        hg_str name{};
        JsonValue child;
        for (std::uint64_t previous = 0;; previous = child.value.node) {
            const auto status =
                call_->json_child(call_, json_, parent.value.node, previous, &name, &child.value);
            if (status == HG_NOT_FOUND) return;
            if (status != HG_OK) throw Failure{status, "unreadable element"};
            std::invoke(visit, view(name), std::as_const(child));
        }
    }

private:
    friend class Context;

    Json(const hg_call& call, const hg_json* json) noexcept : call_{&call}, json_{json} {}

    static const char* nameOf(hg_json_kind kind) noexcept {
        switch (kind) {
            case HG_JSON_BOOL:
                return "true or false";
            case HG_JSON_NUMBER:
                return "a number";
            case HG_JSON_STRING:
                return "a string";
            case HG_JSON_ARRAY:
                return "an array";
            case HG_JSON_OBJECT:
                return "an object";
            default:
                return "null";
        }
    }

    const hg_call* call_;
    const hg_json* json_;
};

// Writes one JSON object, member by member.
class JsonObject {
public:
    JsonObject& string(std::string_view name, std::string_view value) {
        key(name);
        quote(value);
        return *this;
    }

    JsonObject& integer(std::string_view name, std::int64_t value) {
        key(name);
        text_ += std::to_string(value);
        return *this;
    }

    // REQUIRES: `json` is one JSON value; JsonValue::raw() is.
    JsonObject& raw(std::string_view name, std::string_view json) {
        key(name);
        text_ += json;
        return *this;
    }

    std::string text() const { return text_.empty() ? "{}" : text_ + '}'; }

private:
    void key(std::string_view name) {
        text_ += text_.empty() ? '{' : ',';
        quote(name);
        text_ += ':';
    }

    void quote(std::string_view value) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text_ += '"';
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                text_ += '\\';
                text_ += c;
            } else if (byte < 0x20) {
                text_ += "\\u00";
                text_ += kDigits[byte >> 4];
                text_ += kDigits[byte & 15];
            } else {
                text_ += c;
            }
        }
        text_ += '"';
    }

    std::string text_;
};

// A digest or a message authentication code, as bytes.
struct Digest {
    std::array<std::uint8_t, 64> bytes{};
    std::uint64_t size = 0;

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

    // Safe on any value a stranger may send: compares, never multiplies or subtracts it.
    bool fresh(std::int64_t unix_s, std::int64_t tolerance_s) const noexcept {
        const auto now_s = nowUnixMs() / 1000;
        return unix_s >= now_s - tolerance_s && unix_s <= now_s + tolerance_s;
    }

    // Time depends on the lengths only: use it for everything that is secret.
    bool equal(std::string_view a, std::string_view b) const noexcept {
        return host_.equal(&host_, raw(a), raw(b)) != 0;
    }

    // HMAC of the joined parts.
    Digest hmac(hg_hash hash, std::string_view key,
                std::initializer_list<std::string_view> parts) const {
        constexpr std::size_t kPartsMax = 16;
        std::array<hg_str, kPartsMax> raws{};
        if (parts.size() > kPartsMax) throw Failure{HG_LIMIT, "hmac: too many parts"};
        std::size_t count = 0;
        for (const auto part : parts)
            raws[count++] = raw(part);
        Digest mac;
        const auto status = host_.hmac(&host_, hash, raw(key), raws.data(), count, mac.bytes.data(),
                                       mac.bytes.size(), &mac.size);
        if (status != HG_OK) throw Failure{status, "hmac: the gateway refuses this algorithm"};
        return mac;
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

    // An ISO 8601 time with any offset as Unix milliseconds; throws Malformed.
    std::int64_t time(std::string_view text) const {
        std::int64_t unix_ms = 0;
        if (host_.parse_time(&host_, raw(text), &unix_ms) != HG_OK)
            throw Malformed{"not an ISO 8601 time with an offset"};
        return unix_ms;
    }

    // Throws Malformed when the text is not JSON.
    Json json(std::string_view text) const {
        const hg_json* json = nullptr;
        const auto status = call_.json_open(&call_, raw(text), &json);
        if (status != HG_OK) throw Failure{status, "not JSON"};
        return Json{call_, json};
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
    const hg_host& host_;
    const hg_call& call_;
};

// The inbound request. All views end with the call.
class Request {
public:
    Request(const hg_request& request, const hg_call& call) noexcept
        : request_{request},
          call_{call} {}

    std::string_view method() const noexcept { return view(request_.method); }

    std::string_view url() const noexcept { return view(request_.url); }

    std::string_view query() const noexcept { return view(request_.query); }

    std::string_view body() const noexcept { return view(request_.body); }

    std::string_view clientIp() const noexcept { return view(request_.client_ip); }

    std::int64_t receivedUnixMs() const noexcept { return request_.received_unix_ms; }

    // The only value of a header, empty when absent; `name` in lower case. A header that is there
    // twice ends the call, and the request is rejected.
    std::string_view header(std::string_view name) const {
        hg_str value{};
        const auto status = call_.header(&call_, &request_, raw(name), &value);
        if (status == HG_NOT_FOUND) return {};
        if (status != HG_OK) throw Failure{status, std::string{name} + " is there more than once"};
        return view(value);
    }

    // All of them in wire order, duplicates kept.
    std::span<const hg_header> headers() const noexcept {
        return {request_.headers, request_.header_count};
    }

private:
    const hg_request& request_;
    const hg_call& call_;
};

struct Verdict {
    hg_decision decision = HG_REJECT;
    hg_reason reason = HG_REASON_UNSPECIFIED;
    std::int64_t signed_unix_ms = 0;
    std::string key_id{};
    std::uint32_t response_status = 0;
    std::string response_content_type{};
    std::string response_body{};

    // Which secret proved it, and when it was signed (0: not known).
    static Verdict accept(std::string key_id = {}, std::int64_t signed_unix_ms = 0) {
        return {
            .decision = HG_ACCEPT, .signed_unix_ms = signed_unix_ms, .key_id = std::move(key_id)};
    }

    static Verdict reject(hg_reason reason) { return {.reason = reason}; }

    // A handshake's answer; nothing is stored.
    static Verdict respond(std::uint32_t status, std::string content_type, std::string body) {
        return {.decision = HG_RESPOND,
                .response_status = status,
                .response_content_type = std::move(content_type),
                .response_body = std::move(body)};
    }
};

// What hg_event says of these.
struct Event {
    std::string external_id{};
    std::string type{};
    std::string subject{};
    std::string ordering_key{};
    std::string payload{};
    std::int64_t occurred_unix_ms = 0;
};

struct Delivery {
    std::string_view event_id, external_id, type, subject, payload;
    std::int64_t occurred_unix_ms = 0;
    std::int64_t received_unix_ms = 0;
    std::uint32_t attempt = 1;
};

struct Outbound {
    std::string body{};
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers{};
};

struct Settings {
    std::string integration;
    std::vector<Secret> secrets; // newest first
    Json json;                   // ends with the constructor
};

// Base of every provider. One object serves one integration from many threads at once, which is
// why everything after the constructor is const.
class Provider {
public:
    Provider() = default;
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;
    virtual ~Provider() = default;

    virtual Verdict verify(const Request& request, const Context& context) const = 0;
    // None: of no interest.
    virtual std::vector<Event> normalize(const Request& request, const Context& context) const = 0;

    // The callback's body, when it is not the payload as normalize made it.
    virtual Outbound format(const Delivery&, const Context&) const {
        throw Failure{HG_UNSUPPORTED, "no format"};
    }
};

struct Info {
    std::string_view name;
    std::string_view title;
    std::string_view settings_schema = R"({"type":"object","additionalProperties":false})";
    std::uint32_t traits = 0; // HG_TRAIT_...
};

// A provider has `static constexpr hookgate::Info kInfo` and a constructor (const Settings&, const
// Context&) that throws InvalidSettings. It may have `static constexpr std::array kSecretHeaders`
// and `kMethods` of std::string_view.
template <class P>
concept ProviderClass = std::derived_from<P, Provider> &&
    std::constructible_from<P, const Settings&, const Context&> && requires {
    { P::kInfo } -> std::convertible_to<Info>;
};

} // namespace hookgate

#include "hookgate/provider_export.hpp"
