#include "core/cli/gateway_client.hpp"

#include "core/offline/http_exchange.hpp"

#include <utility>

namespace hookgate::cli {
namespace {

constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kTimeout{125}; // a little more than the gateway takes at most
constexpr std::size_t kAnswerBytesMax = std::size_t{4} << 20;
constexpr std::string_view kNoSuchRoute = "there is no such route"; // as the router says it

// An address to listen on, as an address to connect to.
std::string reachable(const std::string& host) {
    if (host == "0.0.0.0") return "127.0.0.1";
    if (host == "::") return "[::1]";
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string urlOf(const config::Settings& settings) {
    const bool separate = !settings.management_host.empty();
    const auto& host = separate ? settings.management_host : settings.app_host;
    const auto port = separate ? settings.management_port : settings.app_port;
    return "http://" + reachable(host) + ":" + std::to_string(port);
}

std::string messageOf(const nlohmann::json& answer) {
    const nlohmann::json::json_pointer where{"/error/message"};
    return answer.contains(where) && answer.at(where).is_string()
               ? answer.at(where).get<std::string>()
               : std::string{};
}

std::string unreachable(const std::string& url, const std::string& why) {
    return "no gateway answers at " + url + " (" + why +
           "); start it, or run this with the settings it runs with: MANAGEMENT_ADDRESS, or "
           "APP_HOST and APP_PORT, say where it is";
}

} // namespace

GatewayClient::GatewayClient(const config::Settings& settings)
    : url_{urlOf(settings)},
      key_{settings.management_api_key} {}

base::Result<GatewayAnswer, std::string> GatewayClient::post(std::string_view path,
                                                             const nlohmann::json& body) const {
    if (url_.ends_with(":0"))
        return base::Error{
            std::string{"the port is 0, which means any; set APP_PORT to the one "
                        "that the gateway's log names in \"listening\""}};
    const auto text = body.dump();
    const auto answer = offline::exchange(
        {.url = url_ + "/api/v1" + std::string{path},
         .headers = {{"content-type", "application/json"}, {"x-internal-api-key", key_}},
         .body = text,
         .timeout = kTimeout,
         .connect_timeout = kConnectTimeout,
         .answer_bytes_max = kAnswerBytesMax});
    if (!answer) return base::Error{unreachable(url_, answer.error().why)};
    const auto status = answer->status;
    auto json = nlohmann::json::parse(answer->body, nullptr, false);
    if (!json.is_object() || !json.contains("success"))
        return base::Error{"what answers at " + url_ + " is no hookgate (HTTP " +
                           std::to_string(status) + ")"};
    if (status == 401)
        return base::Error{"the gateway at " + url_ +
                           " does not take this MANAGEMENT_API_KEY; run this with its own"};
    // Another 404 is about what the body names.
    if (status == 404 && messageOf(json) == kNoSuchRoute)
        return base::Error{"the gateway at " + url_ +
                           " has no such route there; when it has a MANAGEMENT_ADDRESS, run this "
                           "with the same, or upgrade it"};
    return GatewayAnswer{status, std::move(json)};
}

} // namespace hookgate::cli
