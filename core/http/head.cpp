#include "core/http/head.hpp"

#include "core/base/ip_network.hpp"
#include "core/base/text.hpp"
#include "core/http/characters.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hookgate::http {
namespace {

constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kLengthDigitsMax = 10;
constexpr std::size_t kUsualHeaders = 12;

constexpr std::array<std::string_view, 3> kNeverTrailers{"content-length", "transfer-encoding",
                                                         "host"};

using Verdict = std::optional<HeadError>;

Verdict bad(std::string_view message) {
    return HeadError{ErrorCode::Validation, "bad_framing", message};
}

bool isPort(std::string_view text) noexcept {
    return isDigits(text) && text.size() <= 5;
}

bool isHostName(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto low = base::lower(c);
        return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_';
    });
}

// host[:port] with an IPv6 address in brackets (RFC 9110, 7.2).
bool isHost(std::string_view value) noexcept {
    if (value.starts_with('[')) {
        const auto close = value.find(']');
        if (close == std::string_view::npos) return false;
        const auto address = base::IpAddress::parse(value.substr(1, close - 1));
        const auto rest = value.substr(close + 1);
        return address.has_value() &&
               (rest.empty() || (rest.starts_with(':') && isPort(rest.substr(1))));
    }
    const auto colon = value.find(':');
    return isHostName(value.substr(0, colon)) &&
           (colon == std::string_view::npos || isPort(value.substr(colon + 1)));
}

// One line without its CRLF; nullopt: no CRLF, or a CR or LF on its own.
std::optional<std::string_view> takeLine(std::string_view& rest) noexcept {
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = rest.substr(0, end);
    if (line.find_first_of("\r\n") != std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end + 2);
    return line;
}

Verdict splitField(std::string_view line, Header& field) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return bad("a header line has no colon");
    field.name = line.substr(0, colon);
    // A fold starts with white space, which is no token either.
    if (!isToken(field.name)) return bad("a header name is not a token");
    const auto value = line.substr(colon + 1);
    if (!isFieldValue(value)) return bad("a header value has control bytes");
    field.value = base::trim(value);
    return std::nullopt;
}

class HeadReader {
public:
    HeadReader(Request& request, const HeadLimits& limits, HeadInfo& info)
        : request_{request},
          limits_{limits},
          info_{info} {}

    Verdict read() {
        std::string_view rest = request_.head_bytes;
        const auto line = takeLine(rest);
        if (!line) return bad("the request line does not end in CRLF");
        if (auto error = readRequestLine(*line)) return error;
        if (auto error = readHeaders(rest)) return error;
        if (auto error = interpret()) return error;
        return readTarget();
    }

private:
    Verdict readRequestLine(std::string_view line) {
        const auto first = line.find(' ');
        const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
        if (second == std::string_view::npos)
            return bad("the request line is not METHOD TARGET VERSION");
        const auto method = line.substr(0, first);
        const auto target = line.substr(first + 1, second - first - 1);
        const auto version = line.substr(second + 1);
        if (!isToken(method) || method.size() > kMethodBytesMax)
            return bad("the method is not a token");
        if (target.size() > limits_.target_bytes_max)
            return HeadError{ErrorCode::UriTooLong, "uri_too_long",
                             "the request target is too long"};
        if (target.empty() || !isAllOf(target, CharacterClass::kVisible))
            return bad("the request target has bytes that must be percent-encoded");
        if (version != "HTTP/1.1" && version != "HTTP/1.0")
            return bad("the HTTP version is not 1.0 or 1.1");
        request_.method = method;
        request_.target = target;
        is_1_0_ = version == "HTTP/1.0";
        return std::nullopt;
    }

    Verdict readHeaders(std::string_view rest) {
        request_.headers.reserve(kUsualHeaders);
        while (true) {
            const auto line = takeLine(rest);
            if (!line) return bad("a header line does not end in CRLF");
            if (line->empty()) return rest.empty() ? std::nullopt : bad("bytes behind the head");
            if (request_.headers.size() >= limits_.header_count_max)
                return HeadError{ErrorCode::HeadersTooLarge, "headers_too_large",
                                 "too many header fields"};
            if (auto error = readHeader(*line)) return error;
        }
    }

    Verdict readHeader(std::string_view line) {
        Header field;
        if (auto error = splitField(line, field)) return error;
        const auto begin =
            request_.head_bytes.begin() + (field.name.data() - request_.head_bytes.data());
        std::transform(begin, begin + static_cast<std::ptrdiff_t>(field.name.size()), begin,
                       base::lower);
        request_.headers.push_back(field);
        return std::nullopt;
    }

    // The only value of a header: nullopt also when there are several, which `several` says.
    std::optional<std::string_view> only(std::string_view name, bool& several) const noexcept {
        std::optional<std::string_view> found;
        for (const auto& header : request_.headers) {
            if (header.name != name) continue;
            if (found) several = true;
            found = header.value;
        }
        return found;
    }

    Verdict interpret() {
        bool several = false;
        const auto host = only("host", several);
        if (!host || several || !isHost(*host))
            return bad("there must be exactly one Host of the form host[:port]");
        request_.host = *host;
        if (auto error = readLength()) return error;
        if (auto error = readConnection()) return error;
        const auto expect = only("expect", several);
        if (several || (expect && !base::equalIgnoringCase(*expect, "100-continue")))
            return bad("the expectation cannot be met");
        info_.expects_continue = expect.has_value() && !is_1_0_;
        for (const auto& header : request_.headers)
            if (header.name == "content-encoding" &&
                !base::equalIgnoringCase(header.value, "identity"))
                return HeadError{ErrorCode::UnsupportedMediaType, "content_encoding",
                                 "bodies must be sent without Content-Encoding"};
        return std::nullopt;
    }

    Verdict readLength() {
        bool several = false;
        const auto length = only("content-length", several);
        if (several) return bad("there is more than one Content-Length");
        const auto coding = only("transfer-encoding", several);
        if (several) return bad("there is more than one Transfer-Encoding");
        if (coding && length) return bad("there are both Content-Length and Transfer-Encoding");
        if (coding) {
            // RFC 9112 would allow Chunked; two parsers that disagree about it are not worth it.
            if (is_1_0_ || *coding != "chunked")
                return bad("the only transfer coding is chunked, on HTTP/1.1");
            info_.chunked = true;
        }
        if (!length) return std::nullopt;
        if (!isDigits(*length) || length->size() > kLengthDigitsMax)
            return bad("Content-Length is not a number of at most 10 digits");
        std::from_chars(length->data(), length->data() + length->size(), info_.content_length);
        if (info_.content_length > limits_.body_bytes_max)
            return HeadError{ErrorCode::PayloadTooLarge, "body_too_large", "the body is too large"};
        return std::nullopt;
    }

    Verdict readConnection() {
        info_.keep_alive = !is_1_0_;
        for (const auto& header : request_.headers) {
            if (header.name == "upgrade") return bad("this server upgrades to nothing");
            if (header.name != "connection") continue;
            auto rest = header.value;
            while (!rest.empty()) {
                const auto option = rest.substr(0, rest.find(','));
                rest.remove_prefix(std::min(rest.size(), option.size() + 1));
                if (base::equalIgnoringCase(base::trim(option), "close")) info_.keep_alive = false;
                if (base::equalIgnoringCase(base::trim(option), "upgrade"))
                    return bad("this server upgrades to nothing");
            }
        }
        return std::nullopt;
    }

    // Origin form, or absolute form with the authority that Host names (RFC 9112, 3.2).
    Verdict readTarget() {
        std::string_view target = request_.target;
        if (request_.method == "CONNECT") return bad("this server is no tunnel");
        if (target == "*" && request_.method == "OPTIONS") return std::nullopt;
        if (target.front() != '/') {
            const auto scheme = target.find("://");
            const auto name = target.substr(0, std::min(scheme, target.size()));
            if (scheme == std::string_view::npos ||
                !(base::equalIgnoringCase(name, "http") || base::equalIgnoringCase(name, "https")))
                return bad("the request target is neither a path nor a URL");
            target.remove_prefix(scheme + 3);
            const auto authority = target.substr(0, target.find_first_of("/?#"));
            if (!base::equalIgnoringCase(authority, request_.host))
                return bad("the request target names another host than Host");
            target.remove_prefix(authority.size());
            if (target.empty() || target.front() != '/')
                return bad("the request target has no path");
        }
        if (target.find('#') != std::string_view::npos)
            return bad("the request target has a fragment");
        if (target.size() != request_.target.size()) request_.target = std::string{target};
        const auto question = request_.target.find('?');
        if (question != std::string::npos) request_.query = request_.target.substr(question + 1);
        return std::nullopt;
    }

    Request& request_;
    const HeadLimits& limits_;
    HeadInfo& info_;
    bool is_1_0_ = false;
};

} // namespace

std::optional<HeadError> readHead(Request& request, const HeadLimits& limits, HeadInfo& info) {
    return HeadReader{request, limits, info}.read();
}

std::optional<HeadError> checkTrailers(std::string_view trailers, const HeadLimits& limits) {
    for (std::size_t count = 0;; ++count) {
        const auto line = takeLine(trailers);
        if (!line) return bad("a trailer line does not end in CRLF");
        if (line->empty()) return std::nullopt;
        if (count == limits.header_count_max) return bad("too many trailers");
        Header field;
        if (auto error = splitField(*line, field)) return error;
        for (const auto name : kNeverTrailers)
            if (base::equalIgnoringCase(field.name, name))
                return bad("a trailer says what only a header may");
    }
}

} // namespace hookgate::http
