#include "core/http/request_parser.hpp"

#include <algorithm>
#include <bit>

namespace hookgate::http {
namespace {

// Chunk framing may cost this much beside the body; 1-byte chunks of a whole body do not fit.
constexpr std::size_t kChunkOverheadMax = 64UL * 1024;
constexpr std::string_view kFramingMethod = "POST";
constexpr std::size_t kFirstHeadReserve = 256;
constexpr std::size_t kFirstBodyReserve = 8UL * 1024;

HeadError badFraming(std::string_view message) noexcept {
    return {ErrorCode::Validation, "bad_framing", message};
}

} // namespace

struct RequestParser::Callbacks {
    static int headersComplete(llhttp_t*) { return HPE_PAUSED; }

    static int body(llhttp_t* llhttp, const char* data, std::size_t size) {
        return static_cast<RequestParser*>(llhttp->data)->takeBody(data, size) ? 0 : HPE_USER;
    }

    static int chunkHeader(llhttp_t* llhttp) {
        auto& parser = *static_cast<RequestParser*>(llhttp->data);
        // llhttp takes folded trailers, and an LF for the empty line: they are read here.
        if (llhttp->content_length == 0) {
            parser.phase_ = Phase::Trailers;
            return HPE_PAUSED;
        }
        return parser.hasRoomFor(llhttp->content_length) ? 0 : HPE_USER;
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
            settings.on_chunk_header = chunkHeader;
            settings.on_body = body;
            settings.on_message_complete = messageComplete;
            return settings;
        }();
        return kSettings;
    }
};

RequestParser::RequestParser(const Limits& limits) : limits_{limits} {
    restart();
}

void RequestParser::restart() noexcept {
    llhttp_init(&llhttp_, HTTP_REQUEST, &Callbacks::settings());
    llhttp_.data = this;
    scanner_.reset();
    skipped_blank_line_ = false;
    phase_ = Phase::Head;
}

RequestParser::Step RequestParser::feed(std::string_view& input) {
    switch (phase_) {
        case Phase::Head:
            return feedHead(input);
        case Phase::Body:
            return feedBody(input);
        case Phase::Trailers:
            return feedTrailers(input);
        case Phase::Complete:
            return Step::Complete;
        case Phase::Failed:
            break;
    }
    return Step::Failed;
}

RequestParser::Step RequestParser::feedHead(std::string_view& input) {
    while (!input.empty()) {
        if (!request_) request_ = std::make_unique<Request>();
        const auto room = limits_.header_bytes_max - request_->head_bytes.size();
        if (room == 0) return headTooLarge();
        std::size_t size = 0;
        const auto found = scanner_.scan(input.substr(0, room), size);
        const auto part = input.substr(0, size);
        input.remove_prefix(size);
        switch (found) {
            case HeadScanner::Found::Nothing:
                appendHead(part, false);
                break;
            case HeadScanner::Found::End:
                appendHead(part, request_->head_bytes.empty());
                return headComplete();
            case HeadScanner::Found::BlankLine:
                // One is tolerated before a request line (RFC 9112, 2.2).
                if (skipped_blank_line_) return fail(badFraming("there is no request line"));
                skipped_blank_line_ = true;
                request_.reset();
                break;
            case HeadScanner::Found::Defect:
                return fail(badFraming("the head has control bytes, or lines not ended by CRLF"));
        }
    }
    return Step::NeedMore;
}

// A head that came in one piece is held as it is. One that drips grows by powers of two and not
// past the limit: a slow head costs what it holds. (std::string makes of any other growth at least
// the double.)
void RequestParser::appendHead(std::string_view part, bool is_whole) {
    auto& head = request_->head_bytes;
    const auto needed = head.size() + part.size();
    if (needed > head.capacity() && !is_whole)
        head.reserve(
            std::min(std::bit_ceil(std::max(needed, kFirstHeadReserve)), limits_.header_bytes_max));
    head.append(part);
}

RequestParser::Step RequestParser::headTooLarge() {
    if (scanner_.isInFirstLine())
        return fail({ErrorCode::UriTooLong, "uri_too_long", "the request line is too long"});
    return fail({ErrorCode::HeadersTooLarge, "headers_too_large", "the header is too large"});
}

RequestParser::Step RequestParser::headComplete() {
    head_ = {};
    if (const auto error = readHead(*request_, limits_.head, head_)) return fail(*error);
    if (!llhttpAgrees()) return fail(badFraming("the request is not well-formed HTTP/1.1"));
    phase_ = Phase::Body;
    overhead_bytes_ = 0;
    return Step::Head;
}

// Whether llhttp understands the head as readHead did; it goes on with the body then.
bool RequestParser::llhttpAgrees() {
    // llhttp knows a list of methods, and treats some in ways of its own. Which one it is does not
    // matter to framing, and unknown ones are the router's to refuse.
    const std::string_view rest =
        std::string_view{request_->head_bytes}.substr(request_->method.size());
    if (llhttp_execute(&llhttp_, kFramingMethod.data(), kFramingMethod.size()) != HPE_OK)
        return false;
    if (llhttp_execute(&llhttp_, rest.data(), rest.size()) != HPE_PAUSED) return false;
    const bool chunked = (llhttp_.flags & F_CHUNKED) != 0;
    if (llhttp_.upgrade != 0 || chunked != head_.chunked) return false;
    if (!chunked && llhttp_.content_length != head_.content_length) return false;
    llhttp_resume(&llhttp_);
    return true;
}

RequestParser::Step RequestParser::feedBody(std::string_view& input) {
    const auto body_before = request_->body.size();
    const auto error = llhttp_execute(&llhttp_, input.data(), input.size());
    const bool paused = error == HPE_PAUSED;
    if (error != HPE_OK && !paused) return failBody();
    const auto consumed =
        paused ? static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - input.data())
               : input.size();
    input.remove_prefix(consumed);
    overhead_bytes_ += consumed - (request_->body.size() - body_before);
    if (overhead_bytes_ > kChunkOverheadMax)
        return fail(badFraming("too many bytes of chunk framing"));
    if (phase_ != Phase::Trailers) return paused ? Step::Complete : Step::NeedMore;
    scanner_.resetBehindFirstLine();
    trailers_.clear();
    return feedTrailers(input);
}

RequestParser::Step RequestParser::feedTrailers(std::string_view& input) {
    std::size_t size = 0;
    const auto found = scanner_.scan(input, size);
    if (found == HeadScanner::Found::Defect) return failBody();
    if (size > limits_.header_bytes_max - trailers_.size())
        return fail(badFraming("the trailers are too large"));
    trailers_.append(input.substr(0, size));
    input.remove_prefix(size);
    if (found != HeadScanner::Found::End) return Step::NeedMore;
    if (const auto error = checkTrailers(trailers_, limits_.head)) return fail(*error);
    std::string{}.swap(trailers_);
    phase_ = Phase::Complete;
    return Step::Complete;
}

bool RequestParser::hasRoomFor(std::uint64_t body_bytes) noexcept {
    too_large_ = body_bytes > limits_.head.body_bytes_max - request_->body.size();
    return !too_large_;
}

bool RequestParser::takeBody(const char* data, std::size_t size) {
    if (!hasRoomFor(size)) return false;
    auto& body = request_->body;
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
    return fail(badFraming("the body is not well-formed"));
}

RequestParser::Step RequestParser::fail(HeadError error) {
    abandon();
    failure_ = error;
    return Step::Failed;
}

void RequestParser::abandon() noexcept {
    phase_ = Phase::Failed;
    request_.reset();
}

std::unique_ptr<Request> RequestParser::take() {
    restart();
    return std::move(request_);
}

std::size_t RequestParser::bytesHeld() const noexcept {
    return request_ ? request_->head_bytes.capacity() + request_->body.capacity() : 0;
}

} // namespace hookgate::http
