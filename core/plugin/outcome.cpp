#include "core/plugin/outcome.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kKeyIdBytesMax = 128;
constexpr std::size_t kContentTypeBytesMax = 256;
constexpr std::size_t kResponseBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kPayloadBytesMax = std::size_t{256} * 1024 * 1024; // the arena ends earlier
constexpr std::uint32_t kEventsMax = 1000;
constexpr std::uint32_t kHeadersMax = 64;
constexpr std::size_t kHeaderBytesMax = 4096;
constexpr std::uint64_t kStrideMax = 4096;
constexpr std::size_t kEventBytes = 104; // in version 1.0 of the ABI
static_assert(sizeof(hg_event) >= kEventBytes);

// What fits an index entry of every store.
constexpr std::size_t kExternalIdBytesMax = 512;
constexpr std::size_t kTypeBytesMax = 256;
constexpr std::size_t kSubjectBytesMax = 1024;

bool hasControl(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

bool isHeaderName(std::string_view name) noexcept {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        const char l = base::lower(c);
        return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

// The connection's headers and the gateway's own.
bool belongsToGateway(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 18> kNames{"connection",
                                                      "content-length",
                                                      "content-type",
                                                      "expect",
                                                      "host",
                                                      "keep-alive",
                                                      "proxy-connection",
                                                      "te",
                                                      "trailer",
                                                      "transfer-encoding",
                                                      "upgrade",
                                                      "traceparent",
                                                      "x-event-id",
                                                      "webhook-id",
                                                      "webhook-timestamp",
                                                      "webhook-attempt",
                                                      "x-correlation-id",
                                                      "x-integration-provider"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void dropGatewayHeaders(std::vector<std::pair<std::string, std::string>>& headers) {
    std::erase_if(headers, [](const auto& header) { return belongsToGateway(header.first); });
}

RejectReason reasonOf(hg_reason reason) noexcept {
    switch (reason) {
        case HG_REASON_SIGNATURE_MISSING:
            return RejectReason::SignatureMissing;
        case HG_REASON_SIGNATURE_MALFORMED:
            return RejectReason::SignatureMalformed;
        case HG_REASON_SIGNATURE_MISMATCH:
            return RejectReason::SignatureMismatch;
        case HG_REASON_TIMESTAMP_OUT_OF_RANGE:
            return RejectReason::TimestampOutOfRange;
        case HG_REASON_NOT_CONFIGURED:
            return RejectReason::NotConfigured;
        case HG_REASON_DUPLICATE_HEADER:
            return RejectReason::DuplicateHeader;
        default:
            return RejectReason::Unspecified;
    }
}

// A field that names things: it is shown in one line and indexed. What is wrong with it came with
// the payload, so the sender is told.
std::string fieldOf(hg_str field, std::size_t bytes_max, const char* what,
                    const Ownership& ownership) {
    auto text = ownership.bytes(field, kPayloadBytesMax, what);
    if (!base::isUtf8(text))
        throw CallFailed{
            {CallFailure::Malformed, std::string{"the event's "} + what + " is no UTF-8"}};
    if (text.size() > bytes_max)
        throw CallFailed{{CallFailure::Malformed, std::string{"the event's "} + what +
                                                      " is longer than " +
                                                      std::to_string(bytes_max) + " bytes"}};
    if (hasControl(text))
        throw CallFailed{{CallFailure::Malformed,
                          std::string{"the event's "} + what + " holds control characters"}};
    return text;
}

NormalizedEvent readEvent(const hg_event& event, const Ownership& ownership, std::string_view body,
                          JsonIndex& scratch) {
    NormalizedEvent result{
        .external_id = fieldOf(event.external_id, kExternalIdBytesMax, "external id", ownership),
        .type = fieldOf(event.type, kTypeBytesMax, "type", ownership),
        .subject = fieldOf(event.subject, kSubjectBytesMax, "subject", ownership),
        .ordering_key = fieldOf(event.ordering_key, kExternalIdBytesMax, "ordering key", ownership),
        .payload = ownership.bytes(event.payload, kPayloadBytesMax, "payload"),
        .occurred_at = event.occurred_unix_ms,
        .test = (event.flags & HG_EVENT_TEST) != 0};
    if ((event.flags & HG_EVENT_REJECTED) != 0) {
        result.rejected = reasonOf(event.reason);
        return result; // nothing of it is used
    }
    if (event.payload.size == 0) result.payload = body;
    if (result.type.empty()) throw misbehaved("an event has no type");
    if (const auto error = scratch.parse(result.payload); error != JsonError::None) {
        if (event.payload.size == 0)
            throw CallFailed{{CallFailure::Malformed, "the body is no JSON"}};
        throw misbehaved("an event's payload is no JSON in UTF-8");
    }
    return result;
}

} // namespace

CallFailed misbehaved(std::string what) {
    return {{CallFailure::Internal, "the plugin misbehaves: " + std::move(what)}};
}

bool Ownership::owns(const void* data, std::size_t bytes) const noexcept {
    if ((call_ != nullptr && call_->gaveOut(data, bytes)) || image_.contains(data, bytes))
        return true;
    const auto first = reinterpret_cast<std::uintptr_t>(data); // NOLINT(*-reinterpret-cast)
    return std::any_of(inputs_.begin(), inputs_.end(), [&](std::string_view input) {
        const auto begin =
            reinterpret_cast<std::uintptr_t>(input.data()); // NOLINT(*-reinterpret-cast)
        return first >= begin && first - begin <= input.size() &&
               bytes <= input.size() - (first - begin);
    });
}

std::string Ownership::bytes(hg_str bytes, std::size_t bytes_max, const char* what) const {
    if (bytes.size == 0) return {};
    if (bytes.data == nullptr)
        throw misbehaved(std::string{"its "} + what + " is null and has a size");
    if (bytes.size > bytes_max)
        throw misbehaved(std::string{"its "} + what + " is longer than " +
                         std::to_string(bytes_max) + " bytes");
    if (!owns(bytes.data, bytes.size))
        throw misbehaved(std::string{"its "} + what +
                         " lies outside of the call's memory, input and the plugin");
    return {bytes.data, static_cast<std::size_t>(bytes.size)};
}

std::string Ownership::text(hg_str text, std::size_t bytes_max, const char* what) const {
    auto result = bytes(text, bytes_max, what);
    if (!base::isUtf8(result)) throw misbehaved(std::string{"its "} + what + " is no UTF-8");
    return result;
}

Verdict readVerdict(const hg_verdict& verdict, const Ownership& ownership) {
    Verdict result{.reason = reasonOf(verdict.reason), .signed_at = verdict.signed_unix_ms};
    switch (verdict.decision) {
        case HG_REJECT:
            return result;
        case HG_ACCEPT:
            result.decision = Decision::Accept;
            result.key_id = ownership.text(verdict.key_id, kKeyIdBytesMax, "key id");
            if (hasControl(result.key_id)) throw misbehaved("its key id holds control characters");
            return result;
        case HG_RESPOND:
            break;
        default:
            throw misbehaved("it decided " + std::to_string(verdict.decision));
    }
    result.decision = Decision::Respond;
    if (verdict.response_status < 200 || verdict.response_status > 499)
        throw misbehaved("it answers a handshake with status " +
                         std::to_string(verdict.response_status));
    result.response_status = static_cast<int>(verdict.response_status);
    result.response_content_type =
        ownership.text(verdict.response_content_type, kContentTypeBytesMax, "content type");
    if (hasControl(result.response_content_type))
        throw misbehaved("its content type holds control characters");
    result.response_body =
        ownership.bytes(verdict.response_body, kResponseBytesMax, "handshake's answer");
    result.response_headers =
        readHeaders(verdict.response_headers, verdict.response_header_count, ownership);
    dropGatewayHeaders(result.response_headers);
    return result;
}

std::vector<NormalizedEvent> readEvents(const hg_events& events, const Ownership& ownership,
                                        std::string_view body, JsonIndex& scratch) {
    if (events.count == 0) throw CallFailed{{CallFailure::Ignored, "the request carries no event"}};
    if (events.count > kEventsMax)
        throw CallFailed{{CallFailure::Limit,
                          std::to_string(events.count) + " events in one request; at most 1000"}};
    const auto* const first = reinterpret_cast<const char*>( // NOLINT(*-reinterpret-cast)
        events.first);
    if (first == nullptr || events.stride < kEventBytes || events.stride > kStrideMax ||
        !ownership.owns(first, events.count * static_cast<std::size_t>(events.stride)))
        throw misbehaved("its list of events does not lie in its memory");
    std::vector<NormalizedEvent> result;
    result.reserve(events.count);
    std::optional<CallFailed> malformed; // the first
    bool all_rejected = true;
    for (std::uint32_t i = 0; i < events.count; ++i) {
        hg_event event{};
        std::memcpy(&event, first + i * events.stride,
                    std::min<std::size_t>(sizeof(event), events.stride));
        if (event.struct_size < kEventBytes)
            throw misbehaved("one of its events is shorter than the ABI says");
        try {
            result.push_back(readEvent(event, ownership, body, scratch));
        } catch (CallFailed& failed) {
            // It costs the others nothing, which the sender may not send again.
            if (failed.error.failure != CallFailure::Malformed) throw;
            if (!malformed) malformed = std::move(failed);
            result.push_back({.rejected = RejectReason::Unspecified});
        }
        all_rejected = all_rejected && result.back().rejected;
    }
    if (malformed && all_rejected) throw std::move(*malformed);
    return result;
}

std::vector<std::pair<std::string, std::string>> readHeaders(const hg_header* headers,
                                                             std::uint32_t count,
                                                             const Ownership& ownership) {
    std::vector<std::pair<std::string, std::string>> result;
    if (count == 0) return result;
    const auto* const first = reinterpret_cast<const char*>(headers); // NOLINT(*-reinterpret-cast)
    if (count > kHeadersMax || first == nullptr ||
        !ownership.owns(first, count * sizeof(hg_header)))
        throw misbehaved("its list of headers does not lie in its memory");
    for (std::uint32_t i = 0; i < count; ++i) {
        hg_header header{};
        std::memcpy(&header, first + i * sizeof(header), sizeof(header));
        auto name = base::toLower(ownership.text(header.name, kHeaderBytesMax, "header name"));
        auto value = ownership.bytes(header.value, kHeaderBytesMax, "header value");
        if (!isHeaderName(name) || hasControl(value))
            throw misbehaved("it adds a header that is none");
        result.emplace_back(std::move(name), std::move(value));
    }
    return result;
}

Outbound readOutbound(const hg_outbound& outbound, const Ownership& ownership) {
    Outbound result{
        .content_type = ownership.text(outbound.content_type, kContentTypeBytesMax, "content type"),
        .body = ownership.bytes(outbound.body, kPayloadBytesMax, "formatted body")};
    if (result.content_type.empty()) result.content_type = "application/json";
    if (hasControl(result.content_type))
        throw misbehaved("its content type holds control characters");
    result.headers = readHeaders(outbound.headers, outbound.header_count, ownership);
    dropGatewayHeaders(result.headers);
    return result;
}

} // namespace hookgate::plugin
