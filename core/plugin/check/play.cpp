#include "core/plugin/check/play.hpp"

#include <algorithm>

namespace hookgate::plugin::check {
namespace {

void compareFields(Bench& bench, const NormalizedEvent& expected, const NormalizedEvent& got) {
    const auto compare = [&](const char* field, const std::string& wanted, const std::string& is) {
        if (wanted != is)
            bench.report("vector.events",
                         std::string{field} + ": expected '" + wanted + "', got '" + is + "'");
    };
    const auto rejection = [](const NormalizedEvent& event) {
        return event.rejected ? std::string{nameOf(*event.rejected)} : std::string{};
    };
    compare("externalId", expected.external_id, got.external_id);
    compare("type", expected.type, got.type);
    compare("subject", expected.subject, got.subject);
    compare("orderingKey", expected.ordering_key, got.ordering_key);
    compare("payload", expected.payload, got.payload);
    compare("occurredAt", std::to_string(expected.occurred_at), std::to_string(got.occurred_at));
    compare("test", expected.test ? "true" : "false", got.test ? "true" : "false");
    compare("rejected", rejection(expected), rejection(got));
}

void compareEvents(Bench& bench, const std::vector<NormalizedEvent>& events) {
    if (!bench.vector().expect.events) return;
    const auto& expected = *bench.vector().expect.events;
    if (events.size() != expected.size()) {
        bench.report("vector.events", "expected " + std::to_string(expected.size()) +
                                          " events, got " + std::to_string(events.size()));
        return;
    }
    for (std::size_t i = 0; i < events.size(); ++i)
        compareFields(bench, expected[i], events[i]);
}

void playFormat(Bench& bench, const Provider& provider, const NormalizedEvent& event) {
    const auto outbound = bench.format(provider, event);
    const auto& expected = bench.vector().expect.outbound;
    if (!outbound) {
        if (outbound.error().failure != CallFailure::Unsupported)
            bench.report("vector.outbound",
                         "failed on its own event: " + outbound.error().explanation);
        else if (expected)
            bench.report("vector.outbound", "formats nothing");
        return;
    }
    if (!expected) return;
    if (outbound->body != expected->body)
        bench.report("vector.outbound",
                     "expected '" + expected->body + "', got '" + outbound->body + "'");
    if (outbound->content_type != expected->content_type)
        bench.report("vector.outbound",
                     "expected " + expected->content_type + ", got " + outbound->content_type);
}

void playEvents(Bench& bench, const Provider& provider) {
    const auto events = bench.normalize(provider, bench.vector().request);
    const std::string failure{events ? "" : nameOf(events.error().failure)};
    const auto& expected = bench.vector().expect.failure;
    if (failure != expected) {
        bench.report("vector.normalize",
                     "expected " + (expected.empty() ? "events" : expected) + ", got " +
                         (events ? "events" : failure + " (" + events.error().explanation + ")"));
        return;
    }
    if (!events) return;
    compareEvents(bench, *events);
    if (!events->front().rejected) playFormat(bench, provider, events->front());
}

bool playVerdict(Bench& bench, const Provider& provider) {
    const auto& expect = bench.vector().expect;
    const auto verdict = bench.verify(provider, bench.vector().request);
    if (!verdict || nameOf(verdict->decision) != expect.verdict) {
        bench.report("vector.verdict", "expected " + expect.verdict + ", got " + describe(verdict));
        return false;
    }
    if (!expect.reason.empty() && nameOf(verdict->reason) != expect.reason)
        bench.report("vector.reason", "expected " + expect.reason + ", got " + describe(verdict));
    if (expect.key_id && verdict->key_id != *expect.key_id)
        bench.report("vector.key-id",
                     "expected key '" + *expect.key_id + "', got '" + verdict->key_id + "'");
    if (expect.response_status && verdict->response_status != *expect.response_status)
        bench.report("vector.response", "answered with another status");
    if (expect.response_body && verdict->response_body != *expect.response_body)
        bench.report("vector.response", "answered with another body: " + verdict->response_body);
    return true;
}

} // namespace

Bench::Instance playVector(Bench& bench) {
    std::string why;
    auto provider = bench.instantiate(bench.vector().settings, why);
    const bool refusal_expected = bench.vector().expect.verdict == "invalid_settings";
    if (!provider) {
        if (!refusal_expected) bench.report("vector.create", "made no instance: " + why);
        return nullptr;
    }
    if (refusal_expected) {
        bench.report("vector.create", "made an instance of settings it should refuse");
        return nullptr;
    }
    if (!playVerdict(bench, *provider)) return nullptr;
    if (bench.vector().expect.verdict == "accept") playEvents(bench, *provider);
    return provider;
}

void playSign(Bench& bench, const ProviderInProcess& provider) {
    auto request = bench.vector().request;
    const auto made = bench.sign(provider, request);
    if (!made) return;
    for (const auto& header : made->headers) {
        std::erase_if(request.headers,
                      [&](const auto& other) { return other.first == header.first; });
        request.headers.push_back(header);
    }
    if (!made->url.empty()) {
        request.url = made->url;
        request.query = made->url.substr(std::min(made->url.find('?'), made->url.size() - 1) + 1);
    }
    const auto verdict = bench.verify(provider, request);
    if (!verdict || verdict->decision == Decision::Reject)
        bench.report("vector.sign",
                     "does not accept what its own sign() made: " + describe(verdict));
}

} // namespace hookgate::plugin::check
