#pragma once

#include "core/http/message.hpp"
#include "core/plugin/directory.hpp"
#include "core/plugin/provider.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How far a request has come, as types: each can only be made by the step it is named after, so
// that no step can be skipped. All of them refer to the request they began with and live on one
// thread's stack.
namespace hookgate::pipeline {

class Received {
public:
    const http::Request& request;
    std::string correlation_id;
    std::string client_ip;
    std::vector<plugin::HeaderView> headers;
};

class Admitted {
public:
    const Received& received;
    std::shared_ptr<const plugin::ActiveIntegration> integration;
    std::string url; // absolute, as configured at the provider

    // What a plugin is shown of it.
    plugin::InboundRequest view() const noexcept {
        const auto& request = received.request;
        const std::string_view target{request.target};
        return {.headers = received.headers,
                .method = request.method,
                .url = url,
                .path = target.substr(0, target.find('?')),
                .query = request.query,
                .body = request.body,
                .client_ip = received.client_ip,
                .received_at = request.received_at,
                .correlation_id = received.correlation_id};
    }

private:
    friend class Admission;

    Admitted(const Received& from, std::shared_ptr<const plugin::ActiveIntegration> found)
        : received{from},
          integration{std::move(found)},
          url{urlOf(from.request, integration->record.public_url)} {}

    // Without a public URL the Host header is all there is to go by, and a provider that signs the
    // URL is not verified by it unless it happens to be right.
    static std::string urlOf(const http::Request& request, const std::string& public_url) {
        if (public_url.empty()) return "http://" + request.host + request.target;
        const auto question = request.target.find('?');
        return question == std::string::npos ? public_url
                                             : public_url + request.target.substr(question);
    }
};

class Verified {
public:
    const Admitted& admitted;
    plugin::Verdict verdict; // Accept

private:
    friend class Verification;

    Verified(const Admitted& from, plugin::Verdict accepted)
        : admitted{from},
          verdict{std::move(accepted)} {}
};

class Normalized {
public:
    const Verified& verified;
    std::vector<plugin::NormalizedEvent> events; // at least one that is not rejected

private:
    friend class Normalization;

    Normalized(const Verified& from, std::vector<plugin::NormalizedEvent> found)
        : verified{from},
          events{std::move(found)} {}
};

} // namespace hookgate::pipeline
