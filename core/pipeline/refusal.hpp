#pragma once

#include "core/http/message.hpp"

#include <string>
#include <string_view>

namespace hookgate::pipeline {

// Why a request goes no further: what its sender is told, and what operators see.
struct Refusal {
    http::Reply reply{};
    std::string_view outcome{};    // label of hookgate_webhooks_total
    std::string_view reason{};     // fixed word for metrics, log and audit; empty for a handshake
    std::string provider{};        // a name with an integration, else empty
    std::string explanation{};     // for operators only; may be empty
    bool is_gateway_fault = false; // logged as an error rather than sampled as a stranger's doing
};

} // namespace hookgate::pipeline
