// hookgate/provider.hpp - write a provider plugin in C++20.
//
// Header-only. Derive from hookgate::Provider, then HG_EXPORT_PROVIDERS(YourClass).
// Nothing thrown by a provider leaves the plugin: see detail::guarded.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hookgate/context.hpp"
#include "hookgate/request.hpp"
#include "hookgate/utf8.hpp"

#define HG_STRINGIFY_(x) #x
#define HG_STRINGIFY(x) HG_STRINGIFY_(x)

#ifndef HG_PLUGIN_VERSION // set by hookgate_add_plugin in CMake
#define HG_PLUGIN_VERSION "0.0.0"
#endif

namespace hookgate {

struct Secret {
    std::string key_id;
    std::string bytes;
};

struct Verdict {
    hg_decision decision = HG_REJECT;
    hg_reason reason = HG_REASON_UNSPECIFIED;
    std::int64_t signed_unix_ms = 0;
    std::string key_id{};
    std::uint32_t response_status = 0;
    std::string response_content_type{};
    std::string response_body{};
    std::vector<std::pair<std::string, std::string>> response_headers{};

    // Which secret proved it, and when it was signed (0: not known).
    static Verdict accept(std::string key_id = {}, std::int64_t signed_unix_ms = 0) {
        return {
            .decision = HG_ACCEPT, .signed_unix_ms = signed_unix_ms, .key_id = std::move(key_id)};
    }

    static Verdict reject(hg_reason reason) { return {.reason = reason}; }

    // A handshake's answer; nothing is stored.
    static Verdict respond(std::uint32_t status, std::string content_type, std::string body,
                           std::int64_t signed_unix_ms = 0) {
        return {.decision = HG_RESPOND,
                .signed_unix_ms = signed_unix_ms,
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
    bool test = false;                   // somebody tries the connection
    std::optional<hg_reason> rejected{}; // this item alone is not authentic, or malformed
};

// What makes a request authentic: headers to put in, and the URL when it changes.
struct Signed {
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string url{};
};

struct Delivery {
    std::string_view event_id{}, external_id{}, type{}, subject{}, payload{};
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
    std::string provider; // the word in the URL; the name for envelope()
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

    // For tests and the simulator: the proof of a request that was received at receivedUnixMs().
    // `private_key` is for asymmetric schemes; empty: the newest secret.
    virtual Signed sign(const Request&, std::string_view /*private_key*/, const Context&) const {
        throw Failure{HG_UNSUPPORTED, "no sign"};
    }
};

struct Info {
    std::string_view name;
    std::string_view title;
    std::string_view settings_schema = R"({"type":"object","additionalProperties":false})";
    std::uint32_t traits = 0; // HG_TRAIT_...
    // Of these, 0 means: not known, not checked, the gateway's own.
    std::uint32_t tolerance_ms = 0;
    std::uint32_t deadline_ms = 0;
    std::uint64_t body_bytes_max = 0;
};

// hg_answer for a class's kAnswers.
constexpr hg_answer answer(hg_outcome outcome, std::uint32_t status,
                           std::string_view content_type = {}, std::string_view body = {}) {
    return {outcome, status, raw(content_type), raw(body)};
}

// A provider has `static constexpr hookgate::Info kInfo` and a constructor (const Settings&, const
// Context&) that throws InvalidSettings. It may have, as `static constexpr std::array`,
// kSecretHeaders, kMethods and kContentTypes of std::string_view, kRetriesOn of std::uint32_t and
// kAnswers of hg_answer.
template <class P>
concept ProviderClass = std::derived_from<P, Provider> &&
    std::constructible_from<P, const Settings&, const Context&> && requires {
    { P::kInfo } -> std::convertible_to<Info>;
};

} // namespace hookgate

#include "hookgate/provider_export.hpp"
