#include "core/management/delivery_sink.hpp"

#include "core/base/json_writer.hpp"
#include "core/management/json_body.hpp"

#include <algorithm>
#include <array>

namespace hookgate::management {
namespace {

constexpr std::string_view kSwitch = "simulateFailure";
// Where the payloads that are delivered keep what the provider sent.
constexpr std::array<std::string_view, 2> kCarriers{"data", "resource"};

bool isSwitchedOn(const nlohmann::json& object) {
    if (!object.is_object()) return false;
    const auto found = object.find(kSwitch);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

bool simulatesFailure(std::string_view body) {
    // Nearly no body has the word: those are not parsed.
    if (body.find(kSwitch) == std::string_view::npos) return false;
    const auto json = parseJson(body);
    if (!json || !json->is_object()) return false;
    return isSwitchedOn(*json) ||
           std::any_of(kCarriers.begin(), kCarriers.end(), [&](std::string_view name) {
               const auto carrier = json->find(name);
               return carrier != json->end() && isSwitchedOn(*carrier);
           });
}

} // namespace

http::Reply deliverySinkReply(const http::Request& request) {
    if (simulatesFailure(request.body))
        return http::errorReply(http::ErrorCode::Internal, "simulated failure");
    base::JsonWriter json;
    json.beginObject().key("accepted").boolean(true);
    json.key("provider").string(request.parameter("provider")).endObject();
    return http::dataReply(202, json.text());
}

} // namespace hookgate::management
