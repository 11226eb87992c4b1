#include "core/plugin/check/vectors.hpp"

#include "core/base/time_text.hpp"
#include "core/plugin/check/catalogue.hpp"
#include "core/plugin/host_encoding.hpp"
#include "core/plugin/json_index.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace hookgate::plugin::check {
namespace {

using Json = nlohmann::json;

// A member that has to be there, or the reason why the vectors cannot be used.
const Json& require(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end())
        throw std::invalid_argument{std::string{"'"} + name + "' is missing"};
    return *found;
}

void requireKnown(const Json& object, const char* what,
                  std::initializer_list<std::string_view> known) {
    if (!object.is_object()) return; // who reads it says so
    for (const auto& member : object.items()) {
        if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
        std::string problem{"'" + member.key() + "' is no member of " + what + ", which may have"};
        for (const auto name : known)
            problem.append(name == *known.begin() ? " " : ", ").append(name);
        throw std::invalid_argument{problem};
    }
}

// A member that is spelled wrongly would be an expectation that is never looked at.
void requireKnownMembers(const Json& vector) {
    requireKnown(vector, "a vector",
                 {"name", "provider", "source", "integration", "settings", "secrets",
                  "toleranceSeconds", "now", "request", "expect", "permits"});
    if (const auto secrets = vector.find("secrets"); secrets != vector.end())
        for (const auto& secret : *secrets)
            requireKnown(secret, "a secret", {"keyId", "value"});
    if (const auto request = vector.find("request"); request != vector.end())
        requireKnown(
            *request, "request",
            {"headers", "body", "bodyBase64", "method", "url", "path", "query", "clientIp"});
    const auto expect = vector.find("expect");
    if (expect == vector.end()) return;
    requireKnown(*expect, "expect",
                 {"verdict", "reason", "keyId", "failure", "events", "outbound", "responseStatus",
                  "responseBody"});
    if (const auto outbound = expect->find("outbound"); outbound != expect->end())
        requireKnown(*outbound, "outbound", {"contentType", "body"});
    if (const auto events = expect->find("events"); events != expect->end())
        for (const auto& event : *events)
            requireKnown(event, "an event",
                         {"externalId", "type", "subject", "orderingKey", "payload", "occurredAt",
                          "test", "rejected"});
}

std::string textOr(const Json& object, const char* name, std::string fallback = {}) {
    return object.value(name, std::move(fallback));
}

base::UnixMs timeOf(const std::string& text) {
    const auto time = base::parseIso8601(text);
    if (!time) throw std::invalid_argument{"'" + text + "' is no ISO 8601 time"};
    return *time;
}

// The bytes of a body that JSON cannot hold as a text are written in base64.
std::string bodyOf(const Json& json) {
    if (!json.contains("bodyBase64")) return require(json, "body").get<std::string>();
    if (json.contains("body"))
        throw std::invalid_argument{"a request has 'body' or 'bodyBase64', not both"};
    const auto text = json["bodyBase64"].get<std::string>();
    std::string bytes(decodedBytesMax(HG_BASE64, text.size()).value_or(0), '\0');
    const auto size = decodeInto(HG_BASE64, text, bytes.data());
    if (!size) throw std::invalid_argument{"'bodyBase64' is no base64"};
    bytes.resize(*size);
    return bytes;
}

SampleRequest requestOf(const Json& json) {
    SampleRequest request;
    for (const auto& header : require(json, "headers"))
        request.headers.emplace_back(header.at(0).get<std::string>(),
                                     header.at(1).get<std::string>());
    request.body = bodyOf(json);
    request.method = textOr(json, "method", request.method);
    request.url = textOr(json, "url");
    request.path = textOr(json, "path");
    request.query = textOr(json, "query");
    request.client_ip = textOr(json, "clientIp", request.client_ip);
    return request;
}

std::optional<RejectReason> rejectionOf(const Json& json) {
    const auto found = json.find("rejected");
    if (found == json.end()) return std::nullopt;
    for (const auto reason : {RejectReason::Unspecified, RejectReason::SignatureMissing,
                              RejectReason::SignatureMalformed, RejectReason::SignatureMismatch,
                              RejectReason::TimestampOutOfRange, RejectReason::NotConfigured})
        if (nameOf(reason) == found->get<std::string>()) return reason;
    throw std::invalid_argument{"'" + found->get<std::string>() + "' is no reason"};
}

NormalizedEvent eventOf(const Json& json) {
    return {.external_id = textOr(json, "externalId"),
            .type = textOr(json, "type"),
            .subject = textOr(json, "subject"),
            .ordering_key = textOr(json, "orderingKey"),
            .payload = textOr(json, "payload"),
            .occurred_at =
                json.contains("occurredAt") ? timeOf(json["occurredAt"].get<std::string>()) : 0,
            .test = json.value("test", false),
            .rejected = rejectionOf(json)};
}

Expectation expectationOf(const Json& json) {
    Expectation expect;
    expect.verdict = require(json, "verdict").get<std::string>();
    if (expect.verdict != "accept" && expect.verdict != "reject" && expect.verdict != "respond" &&
        expect.verdict != "invalid_settings")
        throw std::invalid_argument{"'" + expect.verdict + "' is no verdict"};
    expect.reason = textOr(json, "reason");
    expect.failure = textOr(json, "failure");
    if (json.contains("keyId")) expect.key_id = json["keyId"].get<std::string>();
    if (json.contains("events")) {
        expect.events.emplace();
        for (const auto& event : json["events"])
            expect.events->push_back(eventOf(event));
    }
    if (json.contains("outbound"))
        expect.outbound = Outbound{.content_type = textOr(json["outbound"], "contentType"),
                                   .body = textOr(json["outbound"], "body")};
    if (json.contains("responseStatus")) expect.response_status = json["responseStatus"].get<int>();
    if (json.contains("responseBody"))
        expect.response_body = json["responseBody"].get<std::string>();
    return expect;
}

// Only what is made from a vector can be permitted, and only by its id.
std::set<std::string, std::less<>> permissionsOf(const Json& json) {
    std::set<std::string, std::less<>> permits;
    for (const auto& id : json) {
        auto text = id.get<std::string>();
        if (checkNamed(text) == nullptr || (groupOf(text) != "verify" && text != "fuzz.forgery"))
            throw std::invalid_argument{"'" + text + "' is no check that a vector can permit"};
        permits.insert(std::move(text));
    }
    return permits;
}

Vector vectorOf(const Json& json, UnknownMembers unknown) {
    if (unknown == UnknownMembers::Refused) requireKnownMembers(json);
    Vector vector;
    vector.name = require(json, "name").get<std::string>();
    vector.settings.provider = require(json, "provider").get<std::string>();
    vector.settings.integration = textOr(json, "integration", "vectors");
    if (json.contains("settings")) vector.settings.settings_json = json["settings"].dump();
    for (const auto& secret : require(json, "secrets"))
        vector.settings.secrets.push_back(
            {textOr(secret, "keyId"), require(secret, "value").get<std::string>()});
    if (json.contains("toleranceSeconds"))
        vector.settings.tolerance = std::chrono::seconds{json["toleranceSeconds"].get<int>()};
    if (json.contains("now")) vector.now = timeOf(json["now"].get<std::string>());
    if (json.contains("permits")) vector.permits = permissionsOf(json["permits"]);
    vector.request = requestOf(require(json, "request"));
    vector.expect = expectationOf(require(json, "expect"));
    return vector;
}

} // namespace

base::Result<std::vector<Vector>, std::string> parseVectors(std::string_view json,
                                                            UnknownMembers unknown) {
    // The index bounds the depth, which nlohmann's parser does not.
    JsonIndex index;
    if (index.parse(json) != JsonError::None)
        return base::Error{"the vectors are no JSON at byte " +
                           std::to_string(index.errorOffset())};
    std::vector<Vector> vectors;
    try {
        auto document = Json::parse(json);
        if (document.is_object()) document = Json::array({document});
        for (const auto& item : document)
            vectors.push_back(vectorOf(item, unknown));
    } catch (const std::exception& e) {
        return base::Error{"vector " + std::to_string(vectors.size()) + ": " + e.what()};
    }
    return vectors;
}

std::string_view nameOf(Decision decision) noexcept {
    switch (decision) {
        case Decision::Accept:
            return "accept";
        case Decision::Respond:
            return "respond";
        case Decision::Reject:
            break;
    }
    return "reject";
}

std::string_view nameOf(RejectReason reason) noexcept {
    switch (reason) {
        case RejectReason::SignatureMissing:
            return "signature_missing";
        case RejectReason::SignatureMalformed:
            return "signature_malformed";
        case RejectReason::SignatureMismatch:
            return "signature_mismatch";
        case RejectReason::TimestampOutOfRange:
            return "timestamp_out_of_range";
        case RejectReason::NotConfigured:
            return "not_configured";
        case RejectReason::DuplicateHeader:
            return "duplicate_header";
        case RejectReason::Unspecified:
            break;
    }
    return "unspecified";
}

std::string_view nameOf(CallFailure failure) noexcept {
    switch (failure) {
        case CallFailure::Malformed:
            return "malformed";
        case CallFailure::Ignored:
            return "ignored";
        case CallFailure::Limit:
            return "limit";
        case CallFailure::Unsupported:
            return "unsupported";
        case CallFailure::Unavailable:
        case CallFailure::NotAsked:
            return "unavailable";
        case CallFailure::Internal:
            break;
    }
    return "internal";
}

} // namespace hookgate::plugin::check
