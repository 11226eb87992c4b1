#include "core/management/replay.hpp"

#include "core/base/json_writer.hpp"
#include "core/base/text.hpp"
#include "core/management/json_body.hpp"
#include "core/management/problems.hpp"
#include "core/management/query_parameters.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace hookgate::management {
namespace {

constexpr std::string_view kDefaultRequester = "api-user";

struct Length {
    std::size_t least;
    std::size_t most;
};

constexpr Length kRequesterLength{2, 120};
constexpr Length kReasonLength{5, 500};

// REQUIRES: valid UTF-8.
std::size_t codePoints(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

// Line ends and tabs are text; anything else below space is not.
bool hasControlCharacter(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f;
    });
}

// A member without the white space around it; empty when absent or when a problem was noted.
std::string readText(const nlohmann::json& body, std::string_view name, Length length,
                     bool required, Problems& problems) {
    const auto found = body.find(name);
    if (found == body.end()) {
        if (required) problems.add(name, "is required");
        return {};
    }
    const auto range = std::to_string(length.least) + " to " + std::to_string(length.most);
    if (!found->is_string()) {
        problems.add(name, "must be a string of " + range + " characters");
        return {};
    }
    const auto& whole = found->get_ref<const std::string&>();
    const auto text = base::trim(whole);
    const auto count = codePoints(text);
    if (count < length.least || count > length.most)
        problems.add(name, "must have " + range + " characters");
    else if (hasControlCharacter(text))
        problems.add(name, "must not have control characters");
    else
        return std::string{text};
    return {};
}

// The command of a body, or what is wrong with it.
std::optional<domain::ReplayCommand> readCommand(std::string_view text, Problems& problems) {
    const auto body = text.empty() ? nlohmann::json::object() : parseJson(text);
    if (!body || !body->is_object()) {
        problems.add("body", "must be one JSON object without doubled keys");
        return std::nullopt;
    }
    for (const auto& [name, value] : body->items())
        if (name != "requestedBy" && name != "reason")
            problems.add(name, "is not a field of this request");
    domain::ReplayCommand command;
    command.requested_by = readText(*body, "requestedBy", kRequesterLength, false, problems);
    command.reason = readText(*body, "reason", kReasonLength, true, problems);
    if (!problems.empty()) return std::nullopt;
    if (command.requested_by.empty()) command.requested_by = kDefaultRequester;
    return command;
}

} // namespace

http::Reply Replay::request(const http::Request& request) const {
    if (auto refusal = refuseUnlessJson(request)) return std::move(*refusal);
    auto problems = QueryParameters{request, {}}.problems();
    const auto id = base::Uuid::parse(request.parameter("id"));
    if (!id) problems.add("id", "must be a UUID");
    auto command = readCommand(request.body, problems);
    if (!problems.empty() || !id || !command) return problems.reply();
    command->event_id = *id;
    command->key_name = key_name_;

    const auto receipt = store_.replay(*command);
    if (!receipt) return http::errorReply(http::ErrorCode::NotFound, "no such event");
    if (receipt->due_now && requested_) requested_();
    const auto event_id = id->text();
    const auto replay_id = receipt->replay_request_id.text();
    log_.information("replay requested", {{"event_id", event_id},
                                          {"replay_request_id", replay_id},
                                          {"requested_by", command->requested_by}});
    base::JsonWriter json;
    json.beginObject().key("replayRequestId").string(replay_id);
    json.key("eventId").string(event_id).endObject();
    return http::dataReply(202, json.text());
}

} // namespace hookgate::management
