#pragma once

#include "core/http/message.hpp"
#include "core/plugin/directory.hpp"
#include "core/plugin/provider.hpp"

#include <memory>
#include <string>
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

    // What a plugin is shown of it.
    plugin::InboundRequest view() const noexcept {
        return {.headers = headers,
                .method = request.method,
                .url = url,
                .path = request.path,
                .query = request.query,
                .body = request.body,
                .client_ip = client_ip,
                .received_at = request.received_at,
                .correlation_id = correlation_id};
    }

    std::string url; // absolute, as the sender saw it
};

class Admitted {
public:
    const Received& received;
    std::shared_ptr<const plugin::ActiveIntegration> integration;

private:
    friend class Admission;

    Admitted(const Received& from, std::shared_ptr<const plugin::ActiveIntegration> found)
        : received{from},
          integration{std::move(found)} {}
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
    std::vector<plugin::NormalizedEvent> events; // at least one

private:
    friend class Normalization;

    Normalized(const Verified& from, std::vector<plugin::NormalizedEvent> found)
        : verified{from},
          events{std::move(found)} {}
};

} // namespace hookgate::pipeline
