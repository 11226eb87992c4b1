#include "core/plugin/isolation/answers.hpp"

#include "core/plugin/outcome.hpp"

#include <algorithm>
#include <initializer_list>
#include <new>
#include <utility>

namespace hookgate::plugin::isolation {
namespace {

constexpr std::uint32_t kSucceeded = 0;
constexpr std::uint32_t kFailed = 1;
constexpr std::size_t kPairBytes = 2 * sizeof(std::uint32_t);
constexpr std::size_t kEventBytesLeast = 5 * sizeof(std::uint32_t);

using Pairs = std::vector<std::pair<std::string, std::string>>;

// ---- the host's side

// The ABI's number of a reason; both enumerations have the same order.
std::uint32_t numberOf(RejectReason reason) noexcept {
    return static_cast<std::uint32_t>(reason);
}

void write(Writer& writer, const Pairs& headers) {
    writer.number(static_cast<std::uint32_t>(headers.size()));
    for (const auto& [name, value] : headers)
        writer.text(name).text(value);
}

template <class T, class WriteValue>
std::string answer(const base::Result<T, CallError>& result, const WriteValue& write_value) {
    Writer writer{Kind::Answer};
    if (result) {
        writer.number(kSucceeded);
        write_value(writer, *result);
    } else {
        writer.number(kFailed).number(static_cast<std::uint32_t>(result.error().failure));
        writer.text(result.error().explanation);
    }
    return std::string{writer.frame()};
}

// ---- the gateway's side

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

template <class T>
std::string_view bytesOf(const std::vector<T>& values) noexcept {
    return {reinterpret_cast<const char*>(values.data()), // NOLINT(*-reinterpret-cast)
            values.size() * sizeof(T)};
}

std::vector<hg_header> readRawHeaders(Reader& reader) {
    std::vector<hg_header> headers(reader.count(kPairBytes));
    for (auto& header : headers) {
        header.name = rawOf(reader.text());
        header.value = rawOf(reader.text());
    }
    return headers;
}

void requireComplete(const Reader& reader) {
    if (!reader.complete())
        throw misbehaved("its process answers with something that is no answer");
}

// Throws what the answer says when it is a failure that the step may have.
void requireSuccess(Reader& reader, std::initializer_list<CallFailure> possible) {
    const auto outcome = reader.number();
    if (outcome == kSucceeded) return;
    const auto failure = static_cast<CallFailure>(reader.number());
    CallError error{failure, std::string{reader.text()}};
    requireComplete(reader);
    if (outcome != kFailed ||
        std::find(possible.begin(), possible.end(), failure) == possible.end())
        throw misbehaved("its process answers with an outcome that is none");
    throw CallFailed{std::move(error)};
}

template <class T, class Read>
base::Result<T, CallError> guarded(const Read& read) {
    try {
        return read();
    } catch (CallFailed& failed) {
        return base::Error{std::move(failed.error)};
    } catch (const std::bad_alloc&) {
        return base::Error{CallError{CallFailure::Limit, {}}};
    }
}

hg_event readRawEvent(Reader& reader) {
    hg_event event{};
    event.struct_size = sizeof(event);
    event.flags = reader.number();
    event.external_id = rawOf(reader.text());
    event.type = rawOf(reader.text());
    event.subject = rawOf(reader.text());
    event.ordering_key = rawOf(reader.text());
    event.payload = rawOf(reader.text());
    event.occurred_unix_ms = reader.wide();
    event.reason = static_cast<hg_reason>(reader.number());
    return event;
}

} // namespace

std::string write(const base::Result<Verdict, CallError>& result) {
    return answer(result, [](Writer& writer, const Verdict& verdict) {
        writer.number(static_cast<std::uint32_t>(verdict.decision));
        writer.number(numberOf(verdict.reason));
        writer.number(static_cast<std::uint32_t>(verdict.response_status));
        writer.wide(verdict.signed_at).text(verdict.key_id);
        writer.text(verdict.response_content_type).text(verdict.response_body);
        write(writer, verdict.response_headers);
    });
}

std::string write(const base::Result<std::vector<NormalizedEvent>, CallError>& result,
                  std::string_view body) {
    return answer(result, [&](Writer& writer, const std::vector<NormalizedEvent>& events) {
        writer.number(static_cast<std::uint32_t>(events.size()));
        for (const auto& event : events) {
            std::uint32_t flags = 0;
            if (event.test) flags |= HG_EVENT_TEST;
            if (event.rejected) flags |= HG_EVENT_REJECTED;
            writer.number(flags);
            writer.text(event.external_id).text(event.type).text(event.subject);
            writer.text(event.ordering_key).text(event.payload == body ? "" : event.payload);
            writer.wide(event.occurred_at);
            writer.number(numberOf(event.rejected.value_or(RejectReason::Unspecified)));
        }
    });
}

std::string write(const base::Result<Outbound, CallError>& result) {
    return answer(result, [](Writer& writer, const Outbound& outbound) {
        writer.text(outbound.content_type).text(outbound.body);
        write(writer, outbound.headers);
    });
}

base::Result<Verdict, CallError> readVerdictAnswer(std::string_view payload) {
    return guarded<Verdict>([&] {
        Reader reader{payload};
        requireSuccess(reader, {CallFailure::Limit, CallFailure::Internal});
        hg_verdict verdict{};
        verdict.struct_size = sizeof(verdict);
        verdict.decision = static_cast<hg_decision>(reader.number());
        verdict.reason = static_cast<hg_reason>(reader.number());
        verdict.response_status = reader.number();
        verdict.signed_unix_ms = reader.wide();
        verdict.key_id = rawOf(reader.text());
        verdict.response_content_type = rawOf(reader.text());
        verdict.response_body = rawOf(reader.text());
        const auto headers = readRawHeaders(reader);
        verdict.response_headers = headers.data();
        verdict.response_header_count = static_cast<std::uint32_t>(headers.size());
        requireComplete(reader);
        Ownership ownership;
        ownership.addInput(payload);
        ownership.addInput(bytesOf(headers));
        return readVerdict(verdict, ownership);
    });
}

base::Result<std::vector<NormalizedEvent>, CallError> readEventsAnswer(std::string_view payload,
                                                                       std::string_view body) {
    return guarded<std::vector<NormalizedEvent>>([&] {
        Reader reader{payload};
        requireSuccess(reader, {CallFailure::Malformed, CallFailure::Ignored, CallFailure::Limit,
                                CallFailure::Internal});
        std::vector<hg_event> raw(reader.count(kEventBytesLeast));
        for (auto& event : raw)
            event = readRawEvent(reader);
        requireComplete(reader);
        Ownership ownership;
        ownership.addInput(payload);
        ownership.addInput(bytesOf(raw));
        const hg_events events{.struct_size = sizeof(hg_events),
                               .count = static_cast<std::uint32_t>(raw.size()),
                               .first = raw.data(),
                               .stride = sizeof(hg_event)};
        thread_local JsonIndex scratch;
        return readEvents(events, ownership, body, scratch);
    });
}

base::Result<Outbound, CallError> readOutboundAnswer(std::string_view payload) {
    return guarded<Outbound>([&] {
        Reader reader{payload};
        requireSuccess(reader,
                       {CallFailure::Unsupported, CallFailure::Limit, CallFailure::Internal});
        hg_outbound outbound{};
        outbound.struct_size = sizeof(outbound);
        outbound.content_type = rawOf(reader.text());
        outbound.body = rawOf(reader.text());
        const auto headers = readRawHeaders(reader);
        outbound.headers = headers.data();
        outbound.header_count = static_cast<std::uint32_t>(headers.size());
        requireComplete(reader);
        Ownership ownership;
        ownership.addInput(payload);
        ownership.addInput(bytesOf(headers));
        return readOutbound(outbound, ownership);
    });
}

} // namespace hookgate::plugin::isolation
