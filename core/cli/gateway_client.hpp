#pragma once

#include "core/base/result.hpp"
#include "core/config/settings.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hookgate::cli {

// What a running gateway answered.
struct GatewayAnswer {
    int status = 0;
    nlohmann::json body{};
};

// The management API of the gateway that runs with the same settings on this machine: at
// MANAGEMENT_ADDRESS, or else APP_HOST and APP_PORT, with MANAGEMENT_API_KEY. Blocks until it
// answers, at most two minutes.
class GatewayClient {
public:
    explicit GatewayClient(const config::Settings& settings);

    // `path` below /api/v1. The error says what to do when nobody answers, or somebody else does.
    base::Result<GatewayAnswer, std::string> post(std::string_view path,
                                                  const nlohmann::json& body) const;

private:
    std::string url_;
    std::string key_;
};

} // namespace hookgate::cli
