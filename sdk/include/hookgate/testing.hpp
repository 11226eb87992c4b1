// hookgate/testing.hpp - try a built plugin without a gateway: make a request, sign it, verify it,
// read its events. The library hookgate::testing runs the plugin as a gateway does: same host, same
// limits, same rules about what it answers. For any test framework, or test_case.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hookgate/provider.hpp"
#include "hookgate/testing_library.h"

namespace hookgate::testing {

// When a request is received unless it says otherwise: 2026-01-01T00:00:00Z.
inline constexpr std::int64_t kReceivedUnixMs = 1'767'225'600'000;

// A request on its way to the gateway. Empty path and URL: those of an integration that is named
// like its provider, behind https://hooks.example.com.
struct Request {
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{}; // names in any case
    std::string method = "POST";
    std::string url{};
    std::string path{};
    std::string query{}; // without '?'
    std::string client_ip = "192.0.2.1";
    std::int64_t received_unix_ms = kReceivedUnixMs;

    // One more header; a second one of the same name doubles it.
    Request& add(std::string_view name, std::string_view value) {
        headers.emplace_back(name, value);
        return *this;
    }

    // Instead of all headers of that name.
    Request& set(std::string_view name, std::string_view value) {
        return remove(name).add(name, value);
    }

    Request& remove(std::string_view name) {
        std::erase_if(headers,
                      [&](const auto& header) { return lower(header.first) == lower(name); });
        return *this;
    }

    // The first of that name; empty when there is none.
    std::string header(std::string_view name) const {
        for (const auto& [header_name, value] : headers)
            if (lower(header_name) == lower(name)) return value;
        return {};
    }

    static std::string lower(std::string_view name) {
        std::string text{name};
        for (auto& c : text)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
        return text;
    }
};

// What an integration gives to its provider.
struct Setup {
    std::vector<Secret> secrets{};              // newest first
    std::string settings = "{}";                // JSON
    std::string provider{};                     // may be empty when the plugin has only one
    std::optional<std::int64_t> tolerance_ms{}; // instead of the provider's own
};

// A provider of a plugin file, with settings. Any number of threads may use one as long as their
// requests are received at the same time.
class Integration {
public:
    // Throws Failure for a file that a gateway would not load, InvalidSettings for settings that
    // its provider refuses.
    Integration(std::string_view plugin_file, const Setup& setup) {
        std::vector<hg_secret> secrets;
        for (const auto& secret : setup.secrets)
            secrets.push_back({raw(secret.key_id), raw(secret.bytes)});
        const hgt_setup in{.plugin_file = raw(plugin_file),
                           .provider = raw(setup.provider),
                           .settings_json = raw(setup.settings),
                           .secrets = secrets.data(),
                           .secret_count = secrets.size(),
                           .tolerance_ms = setup.tolerance_ms.value_or(-1)};
        Outcome outcome;
        provider_.reset(hgt_open(&in, &outcome.value));
        if (provider_ == nullptr && outcome.value.status == HG_OK) outcome.value.status = HG_LIMIT;
        outcome.throwFailure();
        name_ = view(hgt_name(provider_.get()));
    }

    // The verdict as the gateway takes it: it rejects doubled proofs and stale times by itself.
    // Throws Failure when the call breaks.
    Verdict verify(const Request& request) const {
        Outcome outcome;
        call(hgt_verify, request, outcome);
        const auto& v = outcome.value.verdict;
        return {.decision = v.decision,
                .reason = v.reason,
                .signed_unix_ms = v.signed_unix_ms,
                .key_id = text(v.key_id),
                .response_status = v.response_status,
                .response_content_type = text(v.response_content_type),
                .response_body = text(v.response_body),
                .response_headers = pairs(v.response_headers, v.response_header_count)};
    }

    bool accepts(const Request& request) const { return verify(request).decision == HG_ACCEPT; }

    // Throws Malformed or Ignored when the provider does, else Failure.
    std::vector<Event> normalize(const Request& request) const {
        Outcome outcome;
        call(hgt_normalize, request, outcome);
        std::vector<Event> events;
        for (const auto& event : std::span{outcome.value.events.first, outcome.value.events.count})
            events.push_back({.external_id = text(event.external_id),
                              .type = text(event.type),
                              .subject = text(event.subject),
                              .ordering_key = text(event.ordering_key),
                              .payload = text(event.payload),
                              .occurred_unix_ms = event.occurred_unix_ms,
                              .test = (event.flags & HG_EVENT_TEST) != 0,
                              .rejected = (event.flags & HG_EVENT_REJECTED) != 0
                                              ? std::optional{event.reason}
                                              : std::nullopt});
        return events;
    }

    // Throws Failure with HG_UNSUPPORTED when the provider formats nothing.
    Outbound format(const Delivery& delivery) const {
        const hg_delivery in{.struct_size = sizeof(hg_delivery),
                             .attempt = delivery.attempt,
                             .event_id = raw(delivery.event_id),
                             .external_id = raw(delivery.external_id),
                             .type = raw(delivery.type),
                             .subject = raw(delivery.subject),
                             .payload = raw(delivery.payload),
                             .occurred_unix_ms = delivery.occurred_unix_ms,
                             .received_unix_ms = delivery.received_unix_ms};
        Outcome outcome;
        hgt_format(provider_.get(), &in, &outcome.value);
        outcome.throwFailure();
        const auto& out = outcome.value.outbound;
        return {.body = text(out.body),
                .content_type = text(out.content_type),
                .headers = pairs(out.headers, out.header_count)};
    }

    // The request with what the provider's sign() adds; `private_key` for asymmetric schemes.
    // Throws Failure with HG_UNSUPPORTED when it signs nothing.
    Request sign(Request request, std::string_view private_key = {}) const {
        Outcome outcome;
        call([&](hgt_provider* provider, const hg_request* in,
                 hgt_outcome* out) { hgt_sign(provider, in, raw(private_key), out); },
             request, outcome);
        const auto& proof = outcome.value.proof;
        for (const auto& [name, value] : pairs(proof.headers, proof.header_count))
            request.set(name, value);
        if (proof.url.size > 0) request.url = text(proof.url);
        return request;
    }

private:
    struct Close {
        void operator()(hgt_provider* provider) const noexcept { hgt_close(provider); }
    };

    struct Outcome {
        Outcome() = default;
        Outcome(const Outcome&) = delete;
        Outcome& operator=(const Outcome&) = delete;

        ~Outcome() { hgt_release(&value); }

        void throwFailure() const {
            if (value.status == HG_OK) return;
            const auto why = text(value.explanation);
            if (value.status == HG_INVALID_SETTINGS) throw InvalidSettings{why};
            if (value.status == HG_MALFORMED) throw Malformed{why};
            if (value.status == HG_IGNORED) throw Ignored{why};
            throw Failure{value.status, why};
        }

        hgt_outcome value{};
    };

    template <class Function>
    void call(const Function& function, const Request& request, Outcome& outcome) const {
        std::vector<std::string> names;
        for (const auto& header : request.headers)
            names.push_back(Request::lower(header.first));
        std::vector<hg_header> headers;
        for (std::size_t i = 0; i < names.size(); ++i)
            headers.push_back({raw(names[i]), raw(request.headers[i].second)});
        const auto path = request.path.empty() ? "/api/v1/webhooks/" + name_ : request.path;
        auto url = request.url;
        if (url.empty())
            url = "https://hooks.example.com" + path +
                  (request.query.empty() ? "" : '?' + request.query);
        const hg_request in{.struct_size = sizeof(hg_request),
                            .header_count = static_cast<std::uint32_t>(headers.size()),
                            .headers = headers.data(),
                            .method = raw(request.method),
                            .url = raw(url),
                            .path = raw(path),
                            .query = raw(request.query),
                            .body = raw(request.body),
                            .client_ip = raw(request.client_ip),
                            .received_unix_ms = request.received_unix_ms};
        function(provider_.get(), &in, &outcome.value);
        outcome.throwFailure();
    }

    static std::string text(hg_str value) { return std::string{view(value)}; }

    static std::vector<std::pair<std::string, std::string>> pairs(const hg_header* first,
                                                                  std::uint32_t count) {
        std::vector<std::pair<std::string, std::string>> result;
        for (const auto& header : std::span{first, count})
            result.emplace_back(view(header.name), view(header.value));
        return result;
    }

    std::unique_ptr<hgt_provider, Close> provider_;
    std::string name_;
};

} // namespace hookgate::testing
