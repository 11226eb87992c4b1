#include "core/cli/gateway_client.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <curl/curl.h>

namespace hookgate::cli {
namespace {

constexpr long kConnectTimeoutMs = 5000;
constexpr long kTimeoutMs = 125'000; // a little more than the gateway takes at most
constexpr std::size_t kAnswerBytesMax = std::size_t{4} << 20;
constexpr std::string_view kNoSuchRoute = "there is no such route"; // as the router says it

struct EasyCleanup {
    void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
};

struct ListCleanup {
    void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};

using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;

void append(HeaderList& headers, const std::string& line) {
    headers.reset(::curl_slist_append(headers.release(), line.c_str()));
}

std::size_t receive(const char* data, std::size_t size, std::size_t count, void* to) {
    auto& text = *static_cast<std::string*>(to);
    const auto bytes = size * count;
    if (text.size() + bytes > kAnswerBytesMax) return 0;
    text.append(data, bytes);
    return bytes;
}

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

std::string unreachable(const std::string& url, const char* why) {
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
    const std::unique_ptr<CURL, EasyCleanup> easy{::curl_easy_init()};
    const auto url = url_ + "/api/v1" + std::string{path};
    const auto text = body.dump();
    HeaderList headers;
    append(headers, "content-type: application/json");
    append(headers, "x-internal-api-key: " + key_);
    append(headers, "expect:");
    std::string answer;
    auto* const handle = easy.get();
    ::curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    ::curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(text.size()));
    ::curl_easy_setopt(handle, CURLOPT_POSTFIELDS, text.c_str());
    ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
    ::curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, kTimeoutMs);
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_PROXY, "");
    ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
    if (const auto failure = ::curl_easy_perform(handle); failure != CURLE_OK)
        return base::Error{unreachable(url_, ::curl_easy_strerror(failure))};
    long status = 0;
    ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    auto json = nlohmann::json::parse(answer, nullptr, false);
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
    return GatewayAnswer{static_cast<int>(status), std::move(json)};
}

} // namespace hookgate::cli
