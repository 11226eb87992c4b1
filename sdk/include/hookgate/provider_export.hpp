// hookgate/provider_export.hpp - how a hookgate::Provider becomes the C ABI. Included by
// provider.hpp; nothing here is for authors but HG_EXPORT_PROVIDERS.
#pragma once

#include "hookgate/provider.hpp"

namespace hookgate::detail {

struct Instance { // what the host's void* points to
    const hg_host* host;
    std::unique_ptr<const Provider> provider;
};

inline hg_status failed(const hg_call* call, hg_status status, std::string_view why) noexcept {
    call->explain(call, raw(why));
    return status;
}

// The only way into author code: every exception becomes a status here.
template <class Body>
hg_status guarded(const hg_call* call, Body&& body) noexcept {
    try {
        body();
        return HG_OK;
    } catch (const Failure& e) {
        return failed(call, e.status() == HG_OK ? HG_INTERNAL : e.status(), e.what());
    } catch (const std::bad_alloc&) {
        return failed(call, HG_LIMIT, "out of memory");
    } catch (const std::exception& e) {
        return failed(call, HG_INTERNAL, e.what());
    } catch (...) {
        return failed(call, HG_INTERNAL, "an exception that is no std::exception");
    }
}

template <ProviderClass P>
hg_status create(const hg_host* host, const hg_call* call, const hg_settings* in,
                 void** out) noexcept {
    return guarded(call, [&] {
        const Context context{*host, *call};
        Settings settings{std::string{view(in->provider)},
                          std::string{view(in->integration)},
                          {},
                          context.json(view(in->json))};
        for (const auto& secret : std::span{in->secrets, in->secret_count})
            settings.secrets.push_back(
                {std::string{view(secret.key_id)}, std::string{view(secret.bytes)}});
        auto instance = std::make_unique<Instance>();
        instance->host = host;
        instance->provider = std::make_unique<const P>(std::as_const(settings), context);
        *out = instance.release();
    });
}

inline void destroy(void* instance) noexcept {
    const std::unique_ptr<Instance> last{static_cast<Instance*>(instance)};
}

inline const hg_header* keepHeaders(
    const Context& context, const std::vector<std::pair<std::string, std::string>>& headers) {
    auto* const kept = context.array<hg_header>(headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i)
        kept[i] = {context.keep(headers[i].first), context.keep(headers[i].second)};
    return kept;
}

inline hg_status verify(void* self, const hg_call* call, const hg_request* request,
                        hg_verdict* out) noexcept {
    return guarded(call, [&] {
        const auto& instance = *static_cast<const Instance*>(self);
        const Context context{*instance.host, *call};
        const Verdict v = instance.provider->verify(Request{*request, *call}, context);
        out->reason = v.reason;
        out->signed_unix_ms = v.signed_unix_ms;
        out->key_id = context.keep(v.key_id);
        out->response_status = v.response_status;
        out->response_content_type = context.keep(v.response_content_type);
        out->response_body = context.keep(v.response_body);
        out->response_headers = keepHeaders(context, v.response_headers);
        out->response_header_count = static_cast<std::uint32_t>(v.response_headers.size());
        out->decision = v.decision; // last: a half-filled outcome stays a rejection
    });
}

inline hg_status normalize(void* self, const hg_call* call, const hg_request* request,
                           hg_events* out) noexcept {
    return guarded(call, [&] {
        const auto& instance = *static_cast<const Instance*>(self);
        const Context context{*instance.host, *call};
        const auto events = instance.provider->normalize(Request{*request, *call}, context);
        auto* const first = context.array<hg_event>(events.size());
        for (std::size_t i = 0; i < events.size(); ++i) {
            const auto& e = events[i];
            first[i] = {.struct_size = sizeof(hg_event),
                        .flags = (e.test ? std::uint32_t{HG_EVENT_TEST} : 0U) |
                                 (e.rejected ? std::uint32_t{HG_EVENT_REJECTED} : 0U),
                        .external_id = context.keep(e.external_id),
                        .type = context.keep(e.type),
                        .subject = context.keep(e.subject),
                        .ordering_key = context.keep(e.ordering_key),
                        .payload = context.keep(e.payload),
                        .occurred_unix_ms = e.occurred_unix_ms,
                        .reason = e.rejected.value_or(HG_REASON_UNSPECIFIED),
                        .reserved = 0};
        }
        out->first = first;
        out->stride = sizeof(hg_event);
        out->count = static_cast<std::uint32_t>(events.size());
    });
}

inline hg_status format(void* self, const hg_call* call, const hg_delivery* in,
                        hg_outbound* out) noexcept {
    return guarded(call, [&] {
        const auto& instance = *static_cast<const Instance*>(self);
        const Context context{*instance.host, *call};
        const auto outbound = instance.provider->format({.event_id = view(in->event_id),
                                                         .external_id = view(in->external_id),
                                                         .type = view(in->type),
                                                         .subject = view(in->subject),
                                                         .payload = view(in->payload),
                                                         .occurred_unix_ms = in->occurred_unix_ms,
                                                         .received_unix_ms = in->received_unix_ms,
                                                         .attempt = in->attempt},
                                                        context);
        out->content_type = context.keep(outbound.content_type);
        out->body = context.keep(outbound.body);
        out->headers = keepHeaders(context, outbound.headers);
        out->header_count = static_cast<std::uint32_t>(outbound.headers.size());
    });
}

inline hg_status sign(void* self, const hg_call* call, const hg_request* request,
                      hg_str private_key, hg_signed* out) noexcept {
    return guarded(call, [&] {
        const auto& instance = *static_cast<const Instance*>(self);
        const Context context{*instance.host, *call};
        const auto result =
            instance.provider->sign(Request{*request, *call}, view(private_key), context);
        out->url = context.keep(result.url);
        out->headers = keepHeaders(context, result.headers);
        out->header_count = static_cast<std::uint32_t>(result.headers.size());
    });
}

template <std::size_t N>
consteval std::array<hg_str, N> raws(const std::array<std::string_view, N>& texts) {
    std::array<hg_str, N> result{};
    for (std::size_t i = 0; i < N; ++i)
        result[i] = raw(texts[i]);
    return result;
}

template <class P>
inline constexpr auto kSecretHeadersOf = [] {
    if constexpr (requires { P::kSecretHeaders; })
        return raws(P::kSecretHeaders);
    else
        return std::array<hg_str, 0>{};
}();

template <class P>
inline constexpr auto kMethodsOf = [] {
    if constexpr (requires { P::kMethods; })
        return raws(P::kMethods);
    else
        return std::array<hg_str, 0>{};
}();

template <class P>
inline constexpr auto kContentTypesOf = [] {
    if constexpr (requires { P::kContentTypes; })
        return raws(P::kContentTypes);
    else
        return std::array<hg_str, 0>{};
}();

template <class P>
inline constexpr auto kAnswersOf = [] {
    if constexpr (requires { P::kAnswers; })
        return P::kAnswers;
    else
        return std::array<hg_answer, 0>{};
}();

template <class P>
inline constexpr auto kRetriesOnOf = [] {
    if constexpr (requires { P::kRetriesOn; })
        return P::kRetriesOn;
    else
        return std::array<std::uint32_t, 0>{};
}();

// A class that does not override format() or sign() says so with a null function.
template <class P>
inline constexpr bool kFormats = !std::is_same_v<decltype(&P::format), decltype(&Provider::format)>;
template <class P>
inline constexpr bool kSigns = !std::is_same_v<decltype(&P::sign), decltype(&Provider::sign)>;

template <ProviderClass P>
inline constexpr hg_provider kProvider{.struct_size = sizeof(hg_provider),
                                       .traits = P::kInfo.traits,
                                       .name = raw(P::kInfo.name),
                                       .title = raw(P::kInfo.title),
                                       .settings_schema = raw(P::kInfo.settings_schema),
                                       .secret_headers = kSecretHeadersOf<P>.data(),
                                       .methods = kMethodsOf<P>.data(),
                                       .secret_header_count = kSecretHeadersOf<P>.size(),
                                       .method_count = kMethodsOf<P>.size(),
                                       .create = &create<P>,
                                       .destroy = &destroy,
                                       .verify = &verify,
                                       .normalize = &normalize,
                                       .format = kFormats<P> ? &format : nullptr,
                                       .extension = nullptr,
                                       .content_types = kContentTypesOf<P>.data(),
                                       .answers = kAnswersOf<P>.data(),
                                       .retries_on = kRetriesOnOf<P>.data(),
                                       .content_type_count = kContentTypesOf<P>.size(),
                                       .answer_count = kAnswersOf<P>.size(),
                                       .retries_on_count = kRetriesOnOf<P>.size(),
                                       .deadline_ms = P::kInfo.deadline_ms,
                                       .tolerance_ms = P::kInfo.tolerance_ms,
                                       .reserved = 0,
                                       .body_bytes_max = P::kInfo.body_bytes_max,
                                       .sign = kSigns<P> ? &sign : nullptr};

template <ProviderClass... P>
inline constexpr std::array<const hg_provider*, sizeof...(P)> kProviders{&kProvider<P>...};

constexpr bool isProviderName(std::string_view name) {
    constexpr std::size_t kBytesMax = 63;
    if (name.empty() || name.size() > kBytesMax) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || (c != '_' && c != '-'))) return false;
    }
    return true;
}

// Says in a sentence what a class lacks, before the compiler says it in a page.
template <class P>
consteval bool isProvider() {
    static_assert(std::derived_from<P, Provider>, "a provider derives from hookgate::Provider");
    static_assert(!std::is_abstract_v<P>, "a provider overrides verify() and normalize()");
    static_assert(std::constructible_from<P, const Settings&, const Context&>,
                  "a provider has a public constructor (const hookgate::Settings&, const "
                  "hookgate::Context&)");
    constexpr bool kHasInfo = requires {
        { P::kInfo } -> std::convertible_to<Info>;
    };
    static_assert(kHasInfo, "a provider has a public static constexpr hookgate::Info kInfo");
    if constexpr (kHasInfo)
        static_assert(isProviderName(P::kInfo.name),
                      "kInfo.name is the word in the URL: [a-z0-9][a-z0-9_-]{0,62}");
    return true;
}

template <class... P>
consteval bool areProviders() {
    return (isProvider<P>() && ...);
}

// The text of the .hg_manifest section: "key=value" items, each ended by a zero byte.
template <ProviderClass... P>
consteval auto manifest() {
    using namespace std::string_view_literals;
    constexpr std::string_view kHead = "manifest=1\0abi=" HG_STRINGIFY(
        HG_ABI_MAJOR) "." HG_STRINGIFY(HG_ABI_MINOR) "\0version=" HG_PLUGIN_VERSION "\0"sv;
    constexpr std::string_view kKey = "provider="sv;
    std::array<char, kHead.size() + (0 + ... + (kKey.size() + P::kInfo.name.size() + 1))> text{};
    std::size_t end = 0;
    const auto append = [&](std::string_view part) {
        for (const char c : part)
            text[end++] = c;
    };
    append(kHead);
    ((append(kKey), append(P::kInfo.name), append("\0"sv)), ...);
    return text;
}

} // namespace hookgate::detail

// Once in a plugin, outside of every namespace.
#define HG_EXPORT_PROVIDERS(...)                                                               \
    static_assert(hookgate::detail::areProviders<__VA_ARGS__>());                              \
    extern "C" constinit const hg_plugin hg_plugin_v1{                                         \
        sizeof(hg_plugin),                                                                     \
        HG_ABI_MAJOR,                                                                          \
        HG_ABI_MINOR,                                                                          \
        {HG_PLUGIN_VERSION, sizeof(HG_PLUGIN_VERSION) - 1},                                    \
        static_cast<std::uint32_t>(hookgate::detail::kProviders<__VA_ARGS__>.size()),          \
        0,                                                                                     \
        hookgate::detail::kProviders<__VA_ARGS__>.data()};                                     \
    __attribute__((section(".hg_manifest"), used, retain)) static constexpr auto kHgManifest = \
        hookgate::detail::manifest<__VA_ARGS__>()
