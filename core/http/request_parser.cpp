#include "core/http/request_parser.hpp"

#include <algorithm>

namespace hookgate::http {
namespace {

// Chunk framing may cost this much beside the body; 1-byte chunks of a whole body do not fit.
constexpr std::size_t kChunkOverheadMax = 64 * 1024;
constexpr std::size_t kFirstBodyReserve = 8 * 1024;

} // namespace

struct RequestParser::Callbacks {
    static int headersComplete(llhttp_t*) { return HPE_PAUSED; }

    static int body(llhttp_t* llhttp, const char* data, std::size_t size) {
        return static_cast<RequestParser*>(llhttp->data)->takeBody(data, size) ? 0 : HPE_USER;
    }

    static int messageComplete(llhttp_t* llhttp) {
        static_cast<RequestParser*>(llhttp->data)->phase_ = Phase::Complete;
        return HPE_PAUSED;
    }

    static const llhttp_settings_t& settings() {
        static const llhttp_settings_t kSettings = [] {
            llhttp_settings_t settings;
            llhttp_settings_init(&settings);
            settings.on_headers_complete = headersComplete;
            settings.on_body = body;
            settings.on_message_complete = messageComplete;
            return settings;
        }();
        return kSettings;
    }
};

RequestParser::RequestParser(const Limits& limits) : limits_{limits} {
    llhttp_init(&llhttp_, HTTP_REQUEST, &Callbacks::settings());
    llhttp_.data = this;
}

RequestParser::Step RequestParser::feed(std::string_view& input) {
    switch (phase_) {
        case Phase::Head:
            return feedHead(input);
        case Phase::Body:
            return feedBody(input);
        case Phase::Complete:
            return Step::Complete;
        case Phase::Failed:
            break;
    }
    return Step::Failed;
}

RequestParser::Step RequestParser::feedHead(std::string_view& input) {
    if (!request_) {
        // Empty lines before a request line are tolerated (RFC 9112, 2.2), as whole CRLFs only.
        while (input.starts_with("\r\n"))
            input.remove_prefix(2);
        if (input.empty()) return Step::NeedMore;
        request_ = std::make_unique<Request>();
    }
    // The end of the head is looked for in what is new, and the three bytes before it.
    auto& head = request_->head_bytes;
    const auto from = head.size() < 3 ? 0 : head.size() - 3;
    const auto known = head.size();
    const auto room = limits_.header_bytes_max - std::min(limits_.header_bytes_max, known);
    head.append(input.substr(0, room));
    const auto end = head.find("\r\n\r\n", from);
    if (end != std::string::npos) {
        input.remove_prefix(end + 4 - known);
        head.resize(end + 4);
        return headComplete();
    }
    input.remove_prefix(std::min(input.size(), room));
    if (head.size() < limits_.header_bytes_max) return Step::NeedMore;
    const bool line_too_long = head.find("\r\n") == std::string::npos;
    return fail(line_too_long ? HeadError{ErrorCode::UriTooLong, "uri_too_long",
                                          "the request line is too long"}
                              : HeadError{ErrorCode::HeadersTooLarge, "headers_too_large",
                                          "the header is too large"});
}

RequestParser::Step RequestParser::headComplete() {
    head_ = {};
    // llhttp first: readHead puts the names into lower case.
    const auto error =
        llhttp_execute(&llhttp_, request_->head_bytes.data(), request_->head_bytes.size());
    const bool upgrade = llhttp_.upgrade != 0;
    if (auto refused = readHead(*request_, limits_.head, head_)) return fail(*refused);
    const bool agrees = error == HPE_PAUSED && !upgrade &&
                        ((llhttp_.flags & F_CHUNKED) != 0) == head_.chunked &&
                        (head_.chunked || llhttp_.content_length == head_.content_length);
    if (!agrees)
        return fail(
            {ErrorCode::Validation, "bad_framing", "the request is not well-formed HTTP/1.1"});
    phase_ = Phase::Body;
    overhead_bytes_ = 0;
    llhttp_resume(&llhttp_);
    return Step::Head;
}

RequestParser::Step RequestParser::feedBody(std::string_view& input) {
    const auto body_before = request_->body.size();
    const auto error = llhttp_execute(&llhttp_, input.data(), input.size());
    if (error == HPE_PAUSED && phase_ == Phase::Complete) {
        input.remove_prefix(
            static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - input.data()));
        return Step::Complete;
    }
    if (error != HPE_OK) return failBody();
    overhead_bytes_ += input.size() - (request_->body.size() - body_before);
    input = {};
    if (overhead_bytes_ > kChunkOverheadMax)
        return fail({ErrorCode::Validation, "bad_framing", "too many bytes of chunk framing"});
    return Step::NeedMore;
}

bool RequestParser::takeBody(const char* data, std::size_t size) {
    auto& body = request_->body;
    if (size > limits_.head.body_bytes_max - body.size()) {
        too_large_ = true;
        return false;
    }
    // The sender's word for the length is no reason to set memory aside before bytes arrive.
    if (body.empty())
        body.reserve(
            std::min(std::max(head_.content_length, size), std::max(size, kFirstBodyReserve)));
    body.append(data, size);
    return true;
}

RequestParser::Step RequestParser::failBody() {
    if (too_large_)
        return fail({ErrorCode::PayloadTooLarge, "body_too_large", "the body is too large"});
    return fail({ErrorCode::Validation, "bad_framing", "the body is not well-formed"});
}

RequestParser::Step RequestParser::fail(HeadError error) {
    phase_ = Phase::Failed;
    failure_ = error;
    request_.reset();
    return Step::Failed;
}

std::unique_ptr<Request> RequestParser::take() {
    phase_ = Phase::Head;
    llhttp_init(&llhttp_, HTTP_REQUEST, &Callbacks::settings());
    llhttp_.data = this;
    return std::move(request_);
}

std::size_t RequestParser::bytesHeld() const noexcept {
    return request_ ? request_->head_bytes.capacity() + request_->body.capacity() : 0;
}

} // namespace hookgate::http
