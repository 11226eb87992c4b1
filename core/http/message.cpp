#include "core/http/message.hpp"

#include "core/base/json_writer.hpp"

namespace hookgate::http {
namespace {

struct CodeText {
    int status;
    std::string_view name;
};

CodeText textOf(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::Validation:
            return {400, "VALIDATION_ERROR"};
        case ErrorCode::Unauthorized:
            return {401, "UNAUTHORIZED"};
        case ErrorCode::NotFound:
            return {404, "NOT_FOUND"};
        case ErrorCode::MethodNotAllowed:
            return {405, "METHOD_NOT_ALLOWED"};
        case ErrorCode::RequestTimeout:
            return {408, "VALIDATION_ERROR"};
        case ErrorCode::Conflict:
            return {409, "CONFLICT"};
        case ErrorCode::PayloadTooLarge:
            return {413, "PAYLOAD_TOO_LARGE"};
        case ErrorCode::UriTooLong:
            return {414, "VALIDATION_ERROR"};
        case ErrorCode::UnsupportedMediaType:
            return {415, "UNSUPPORTED_MEDIA_TYPE"};
        case ErrorCode::RateLimited:
            return {429, "RATE_LIMITED"};
        case ErrorCode::HeadersTooLarge:
            return {431, "VALIDATION_ERROR"};
        case ErrorCode::Internal:
            break;
        case ErrorCode::DependencyUnavailable:
            return {503, "DEPENDENCY_UNAVAILABLE"};
    }
    return {500, "INTERNAL_SERVER_ERROR"};
}

} // namespace

Reply errorReply(ErrorCode code, std::string_view message, int retry_after_s,
                 std::string_view details_json) {
    const auto text = textOf(code);
    base::JsonWriter json;
    json.beginObject().key("success").boolean(false).key("error").beginObject();
    json.key("code").string(text.name).key("message").string(message);
    json.key("details").raw(details_json.empty() ? "{}" : details_json);
    json.endObject().endObject();
    Reply reply;
    reply.status = text.status;
    reply.body = std::move(json).take();
    if (retry_after_s > 0) reply.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    return reply;
}

Reply dataReply(int status, std::string_view data_json, std::string_view meta_json) {
    Reply reply;
    reply.status = status;
    reply.body.reserve(data_json.size() + meta_json.size() + 40);
    reply.body.append(R"({"success":true,"data":)").append(data_json);
    if (!meta_json.empty()) reply.body.append(R"(,"meta":)").append(meta_json);
    reply.body.push_back('}');
    return reply;
}

Completion::~Completion() {
    if (sink_)
        sink_->deliver(ticket_,
                       errorReply(ErrorCode::Internal, "the request could not be answered"));
}

void Completion::reply(Reply reply) noexcept {
    const auto sink = std::move(sink_);
    if (sink) sink->deliver(ticket_, std::move(reply));
}

} // namespace hookgate::http
