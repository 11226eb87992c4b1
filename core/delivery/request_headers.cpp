#include "core/delivery/request_headers.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace hookgate::delivery {
namespace {

// Lower case. Hop-by-hop and framing, destination, credentials, then what the gateway sets.
constexpr std::array<std::string_view, 21> kReserved{"connection",
                                                     "keep-alive",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "content-length",
                                                     "expect",
                                                     "host",
                                                     "authorization",
                                                     "content-type",
                                                     "user-agent",
                                                     "x-integration-provider",
                                                     "x-event-id",
                                                     "x-event-test",
                                                     "x-correlation-id",
                                                     "webhook-id",
                                                     "webhook-timestamp",
                                                     "webhook-attempt",
                                                     "traceparent",
                                                     "tracestate"};
constexpr std::string_view kDefaultContentType = "application/json";

bool isTokenCharacter(char c) noexcept {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool isValue(std::string_view value) noexcept {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

std::string_view contentType(const plugin::Outbound* formatted) noexcept {
    if (formatted == nullptr || base::trim(formatted->content_type).empty() ||
        !isValue(formatted->content_type))
        return kDefaultContentType;
    return base::trim(formatted->content_type);
}

} // namespace

std::string traceparent(std::string_view correlation_id, const base::Uuid& event_id,
                        std::int32_t attempt_no) {
    std::array<std::uint8_t, 16> trace{};
    if (const auto id = base::Uuid::parse(correlation_id); id && !id->isNil())
        trace = id->bytes;
    else {
        const auto digest = base::sha256(correlation_id);
        std::copy_n(digest.begin(), trace.size(), trace.begin());
    }
    // The random half of the event's id with the attempt in its last bytes; its first byte holds
    // the variant and is never 0.
    std::array<std::uint8_t, 8> span{};
    std::copy_n(event_id.bytes.begin() + 8, span.size(), span.begin());
    for (std::size_t i = 0; i < 4; ++i)
        span[7 - i] ^= static_cast<std::uint8_t>(static_cast<std::uint32_t>(attempt_no) >> 8 * i);
    span[0] |= 0x80;
    return "00-" + base::toHex(trace) + '-' + base::toHex(span) + "-01";
}

bool mayBeSent(std::string_view name, std::string_view value) noexcept {
    if (name.empty() || name.size() > 128 || !isValue(value) ||
        !std::all_of(name.begin(), name.end(), isTokenCharacter))
        return false;
    std::array<char, 128> lowered{};
    std::transform(name.begin(), name.end(), lowered.begin(), base::lower);
    const std::string_view key{lowered.data(), name.size()};
    return !key.starts_with("proxy-") &&
           std::find(kReserved.begin(), kReserved.end(), key) == kReserved.end();
}

void RequestHeaders::line(std::string_view name, std::string_view value) {
    starts_.push_back(text_.size());
    text_.append(name);
    value = base::trim(value);
    // libcurl takes "name:" as a wish to leave the header out and "name;" as an empty one.
    if (value.empty())
        text_.push_back(';');
    else
        text_.append(": ").append(value);
    text_.push_back('\0');
}

void RequestHeaders::pluginLines(const plugin::Outbound& outbound) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const auto& [name, value] : outbound.headers) {
        if (!mayBeSent(name, value)) continue;
        bytes += name.size() + value.size();
        if (++count > kPluginHeadersMax || bytes > kPluginHeaderBytesMax) return;
        line(name, value);
    }
}

curl_slist* RequestHeaders::build(const HeaderValues& values) {
    text_.clear();
    starts_.clear();
    const auto event_id = values.event_id.text();
    line("content-type", contentType(values.formatted));
    line("x-integration-provider", values.provider);
    line("x-event-id", event_id);
    if (values.test) line("x-event-test", "true");
    line("x-correlation-id", values.correlation_id);
    line("webhook-id", event_id);
    line("webhook-timestamp", std::to_string(values.sent_at / 1000));
    line("webhook-attempt", std::to_string(values.attempt_no));
    line("traceparent", traceparent(values.correlation_id, values.event_id, values.attempt_no));
    if (values.formatted != nullptr) pluginLines(*values.formatted);
    // Without a value: libcurl must not wait for "100 Continue".
    starts_.push_back(text_.size());
    text_.append("expect:").push_back('\0');

    nodes_.resize(starts_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        nodes_[i] = {text_.data() + starts_[i], i + 1 < nodes_.size() ? &nodes_[i + 1] : nullptr};
    return nodes_.data();
}

} // namespace hookgate::delivery
