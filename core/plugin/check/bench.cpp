#include "core/plugin/check/bench.hpp"

#include "core/base/silent_log.hpp"
#include "core/plugin/check/vector_clock.hpp"

#include <algorithm>

namespace hookgate::plugin::check {
namespace {

constexpr std::string_view kDeliveryEventId = "00000000-0000-7000-8000-000000000000";

} // namespace

base::Log& silentLog() {
    static base::SilentLog log;
    return log;
}

VectorClock& vectorClock() {
    static VectorClock clock;
    return clock;
}

ShownRequest::ShownRequest(const SampleRequest& request, GuardedMemory& memory) {
    memory.reset();
    for (const auto& [name, value] : request.headers)
        headers_.push_back({memory.place(name), memory.place(value)});
    view_ = {.headers = headers_,
             .method = memory.place(request.method),
             .url = memory.place(request.url),
             .path = memory.place(request.path),
             .query = memory.place(request.query),
             .body = memory.place(request.body),
             .client_ip = memory.place(request.client_ip),
             .received_at = vectorClock().unixMs(),
             .correlation_id = memory.place("check")};
}

Bench::Bench(const ProviderType& type, const Vector& vector, Listener& listener)
    : type_{type},
      vector_{vector},
      listener_{listener} {
    vectorClock().now = vector.now;
    listener_.began(vector_.name);
}

Bench::~Bench() {
    listener_.ran(cases_);
}

void Bench::doing(std::string_view what) {
    listener_.began(std::string{what} + ": " + vector_.name);
}

Bench::Instance Bench::instantiate(const InstanceSettings& settings, std::string& why) {
    ++cases_;
    auto provider = ProviderInProcess::create(type_, settings,
                                              {.log = silentLog(),
                                               .clock = vectorClock(),
                                               .may_sign = true,
                                               .arena_bytes_max = &arena_bytes_max_});
    if (provider) return *provider;
    why = provider.error();
    return nullptr;
}

base::Result<Verdict, CallError> Bench::verify(const Provider& provider,
                                               const SampleRequest& request) {
    ++cases_;
    const ShownRequest shown{request, memory_};
    return provider.verify(shown.view());
}

base::Result<std::vector<NormalizedEvent>, CallError> Bench::normalize(
    const Provider& provider, const SampleRequest& request) {
    ++cases_;
    const ShownRequest shown{request, memory_};
    return provider.normalize(shown.view());
}

base::Result<Outbound, CallError> Bench::format(const Provider& provider,
                                                const NormalizedEvent& event) {
    ++cases_;
    memory_.reset();
    return provider.format({.event_id = memory_.place(kDeliveryEventId),
                            .external_id = memory_.place(event.external_id),
                            .type = memory_.place(event.type),
                            .subject = memory_.place(event.subject),
                            .payload = memory_.place(event.payload),
                            .occurred_at = event.occurred_at,
                            .received_at = event.occurred_at});
}

base::Result<Signed, CallError> Bench::sign(const ProviderInProcess& provider,
                                            const SampleRequest& request) {
    ++cases_;
    const ShownRequest shown{request, memory_};
    return provider.sign(shown.view(), {});
}

bool Bench::accepts(const Provider& provider, const SampleRequest& request) {
    const auto verdict = verify(provider, request);
    if (!verdict && verdict.error().failure == CallFailure::Internal)
        report("verify.internal", "breaks on a changed request: " + verdict.error().explanation);
    return verdict && verdict->decision != Decision::Reject;
}

void Bench::mustReject(const Provider& provider, const SampleRequest& request, const char* id,
                       const std::string& change) {
    if (accepts(provider, request)) report(id, "accepts the request with " + change);
}

void Bench::report(const std::string& id, const std::string& text) {
    if (vector_.permits.find(id) != vector_.permits.end()) {
        permitted_.insert(id);
        return;
    }
    if (reported_.insert(id).second) listener_.found(id, vector_.name, text);
}

bool same(const NormalizedEvent& a, const NormalizedEvent& b) {
    return a.external_id == b.external_id && a.type == b.type && a.subject == b.subject &&
           a.ordering_key == b.ordering_key && a.payload == b.payload &&
           a.occurred_at == b.occurred_at && a.test == b.test && a.rejected == b.rejected;
}

bool same(const std::vector<NormalizedEvent>& a, const std::vector<NormalizedEvent>& b) {
    const auto alike = [](const NormalizedEvent& x, const NormalizedEvent& y) {
        return same(x, y);
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), alike);
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

} // namespace hookgate::plugin::check
