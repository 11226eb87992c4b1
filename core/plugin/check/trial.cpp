#include "core/plugin/check/trial.hpp"

#include "core/plugin/check/vector_clock.hpp"

#include <algorithm>

namespace hookgate::plugin::check {
namespace {

constexpr std::string_view kDeliveryEventId = "00000000-0000-7000-8000-000000000000";

class SilentLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return false; }

    void write(base::LogLevel, std::string_view, base::LogFields) noexcept override {}
};

SilentLog& silentLog() {
    static SilentLog log;
    return log;
}

// Calls `use` with the request as a provider sees it.
template <class Use>
auto shown(const SampleRequest& request, const Use& use) {
    std::vector<HeaderView> headers;
    for (const auto& [name, value] : request.headers)
        headers.push_back({name, value});
    return use(InboundRequest{.headers = headers,
                              .method = request.method,
                              .url = request.url,
                              .path = request.path,
                              .query = request.query,
                              .body = request.body,
                              .client_ip = request.client_ip,
                              .received_at = vectorClock().unixMs(),
                              .correlation_id = "check"});
}

std::string describe(const base::Result<Verdict, CallError>& verdict) {
    if (!verdict)
        return std::string{nameOf(verdict.error().failure)} + " (" + verdict.error().explanation +
               ")";
    std::string text{nameOf(verdict->decision)};
    if (verdict->decision == Decision::Reject)
        text.append(" (").append(nameOf(verdict->reason)).append(")");
    return text;
}

bool same(const NormalizedEvent& a, const NormalizedEvent& b) {
    return a.external_id == b.external_id && a.type == b.type && a.subject == b.subject &&
           a.ordering_key == b.ordering_key && a.payload == b.payload &&
           a.occurred_at == b.occurred_at && a.test == b.test && a.rejected == b.rejected;
}

} // namespace

VectorClock& vectorClock() {
    static VectorClock clock;
    return clock;
}

Trial::Trial(const ProviderType& type, const Vector& vector, Listener& listener)
    : type_{type},
      vector_{vector},
      listener_{listener} {
    vectorClock().now = vector.now;
}

void Trial::run() {
    listener_.began(vector_.name);
    std::string why;
    const auto provider = instantiate(vector_.settings, why);
    count();
    const bool refusal_expected = vector_.expect.verdict == "invalid_settings";
    if (!provider) {
        if (!refusal_expected) report("create", "made no instance: " + why);
    } else if (refusal_expected) {
        report("create", "made an instance of settings it should refuse");
    } else if (playVerdict(*provider)) {
        const bool accepted = vector_.expect.verdict == "accept";
        if (accepted) playEvents(*provider);
        if (vector_.derive && vector_.expect.verdict != "reject") {
            changeSecrets();
            changeBody(*provider);
            changeHeaders(*provider);
            changeTime(*provider);
        }
        if (accepted) readChangedBodies(*provider);
    }
    listener_.ran(cases_);
}

void Trial::playAsWritten() {
    listener_.began(vector_.name);
    std::string why;
    const auto provider = instantiate(vector_.settings, why);
    const bool refusal_expected = vector_.expect.verdict == "invalid_settings";
    if (refusal_expected != (provider == nullptr))
        report("create", provider ? "made an instance of settings it should refuse"
                                  : "made no instance: " + why);
    else if (provider && playVerdict(*provider) && vector_.expect.verdict == "accept")
        playEvents(*provider);
}

Trial::Instance Trial::instantiate(const InstanceSettings& settings, std::string& why) const {
    auto provider = ProviderInProcess::create(type_, settings, {silentLog(), vectorClock(), {}});
    if (provider) return *provider;
    why = provider.error();
    return nullptr;
}

base::Result<Verdict, CallError> Trial::verify(const Provider& provider,
                                               const SampleRequest& request) const {
    return shown(request, [&](const InboundRequest& view) { return provider.verify(view); });
}

base::Result<std::vector<NormalizedEvent>, CallError> Trial::normalize(
    const Provider& provider, const SampleRequest& request) const {
    return shown(request, [&](const InboundRequest& view) { return provider.normalize(view); });
}

bool Trial::playVerdict(const Provider& provider) {
    const auto& expect = vector_.expect;
    count();
    const auto verdict = verify(provider, vector_.request);
    if (!verdict || nameOf(verdict->decision) != expect.verdict) {
        report("vector.verdict", "expected " + expect.verdict + ", got " + describe(verdict));
        return false;
    }
    if (!expect.reason.empty() && nameOf(verdict->reason) != expect.reason)
        report("vector.reason", "expected " + expect.reason + ", got " + describe(verdict));
    if (expect.key_id && verdict->key_id != *expect.key_id)
        report("vector.key-id",
               "expected key '" + *expect.key_id + "', got '" + verdict->key_id + "'");
    if (expect.response_status && verdict->response_status != *expect.response_status)
        report("vector.response", "answered with another status");
    if (expect.response_body && verdict->response_body != *expect.response_body)
        report("vector.response", "answered with another body: " + verdict->response_body);
    return true;
}

void Trial::playEvents(const Provider& provider) {
    count();
    const auto events = normalize(provider, vector_.request);
    const std::string failure{events ? "" : nameOf(events.error().failure)};
    if (failure != vector_.expect.failure) {
        report("vector.normalize",
               "expected " + (vector_.expect.failure.empty() ? "events" : vector_.expect.failure) +
                   ", got " +
                   (events ? "events" : failure + " (" + events.error().explanation + ")"));
        return;
    }
    if (!events) return;
    compareEvents(*events);
    if (!events->front().rejected) playFormat(provider, events->front());
    count();
    const auto again = normalize(provider, vector_.request);
    if (!again || !std::equal(events->begin(), events->end(), again->begin(), again->end(), same))
        report("normalize.determinism", "reads the same request in two ways");
}

void Trial::compareEvents(const std::vector<NormalizedEvent>& events) {
    if (!vector_.expect.events) return;
    const auto& expected = *vector_.expect.events;
    if (events.size() != expected.size()) {
        report("vector.events", "expected " + std::to_string(expected.size()) + " events, got " +
                                    std::to_string(events.size()));
        return;
    }
    const auto compare = [&](const char* field, const std::string& wanted, const std::string& got) {
        if (wanted != got)
            report("vector.events",
                   std::string{field} + ": expected '" + wanted + "', got '" + got + "'");
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        compare("externalId", expected[i].external_id, events[i].external_id);
        compare("type", expected[i].type, events[i].type);
        compare("subject", expected[i].subject, events[i].subject);
        compare("orderingKey", expected[i].ordering_key, events[i].ordering_key);
        compare("payload", expected[i].payload, events[i].payload);
        compare("occurredAt", std::to_string(expected[i].occurred_at),
                std::to_string(events[i].occurred_at));
        compare("test", expected[i].test ? "true" : "false", events[i].test ? "true" : "false");
        compare("rejected",
                expected[i].rejected ? std::string{nameOf(*expected[i].rejected)} : std::string{},
                events[i].rejected ? std::string{nameOf(*events[i].rejected)} : std::string{});
    }
}

void Trial::playFormat(const Provider& provider, const NormalizedEvent& event) {
    count();
    const auto outbound = provider.format({.event_id = kDeliveryEventId,
                                           .external_id = event.external_id,
                                           .type = event.type,
                                           .subject = event.subject,
                                           .payload = event.payload,
                                           .occurred_at = event.occurred_at,
                                           .received_at = event.occurred_at});
    const auto& expected = vector_.expect.outbound;
    if (!outbound) {
        if (outbound.error().failure != CallFailure::Unsupported)
            report("format", "failed on its own event: " + outbound.error().explanation);
        else if (expected)
            report("vector.outbound", "formats nothing");
        return;
    }
    if (!expected) return;
    if (outbound->body != expected->body)
        report("vector.outbound",
               "expected '" + expected->body + "', got '" + outbound->body + "'");
    if (outbound->content_type != expected->content_type)
        report("vector.outbound",
               "expected " + expected->content_type + ", got " + outbound->content_type);
}

void Trial::report(const std::string& id, const std::string& text) {
    if (reported_.insert(id).second) listener_.found(id, vector_.name, text);
}

void Trial::count() {
    ++cases_;
}

} // namespace hookgate::plugin::check
