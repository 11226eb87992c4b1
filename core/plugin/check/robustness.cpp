#include "core/plugin/check/robustness.hpp"

#include "core/base/thread.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kArenasTried = 1500;
constexpr std::size_t kArenaBytesTried = std::size_t{256} * 1024;
constexpr int kThreads = 8;
constexpr int kRoundsOfThread = 50;
constexpr std::size_t kLargeBytes = std::size_t{4} << 20;

bool same(const base::Result<Verdict, CallError>& a, const base::Result<Verdict, CallError>& b) {
    if (!a || !b) return !a && !b && a.error().failure == b.error().failure;
    return a->decision == b->decision && a->reason == b->reason && a->key_id == b->key_id &&
           a->signed_at == b->signed_at && a->response_status == b->response_status &&
           a->response_body == b->response_body && a->response_headers == b->response_headers;
}

bool same(const base::Result<std::vector<NormalizedEvent>, CallError>& a,
          const base::Result<std::vector<NormalizedEvent>, CallError>& b) {
    if (!a || !b) return !a && !b && a.error().failure == b.error().failure;
    return check::same(*a, *b);
}

bool same(const base::Result<Outbound, CallError>& a, const base::Result<Outbound, CallError>& b) {
    if (!a || !b) return !a && !b && a.error().failure == b.error().failure;
    return a->body == b->body && a->content_type == b->content_type && a->headers == b->headers;
}

// Runs a step with each arena from nothing up until it does what it does with all of it. As long
// as the memory ends early, HG_LIMIT is the only right answer.
template <class Step>
void starve(Bench& bench, const char* name, const Step& step) {
    const auto whole = step();
    std::size_t tried = 0;
    for (std::size_t bytes = 0; bytes < kArenaBytesTried && tried < kArenasTried; ++tried) {
        bench.limitArena(bytes);
        const auto starved = step();
        const bool limited = Witness::usage().limited;
        if (!limited && same(starved, whole)) break;
        if (limited && (starved || starved.error().failure != CallFailure::Limit))
            bench.report("robustness.arena",
                         std::string{name} + " does not say HG_LIMIT when its memory ends after " +
                             std::to_string(bytes) + " bytes");
        // Memory is given out in pieces of 16; byte by byte in the beginning for the first of them.
        bytes += bytes < 64 ? 1 : 16;
    }
    bench.limitArena(~std::size_t{0});
}

void takeMemoryAway(Bench& bench, const ProviderInProcess& provider) {
    const auto& request = bench.vector().request;
    bench.doing("verify in little memory");
    starve(bench, "verify", [&] { return bench.verify(provider, request); });
    if (bench.vector().expect.verdict != "accept") return;
    bench.doing("normalize in little memory");
    starve(bench, "normalize", [&] { return bench.normalize(provider, request); });
    const auto events = bench.normalize(provider, request);
    if (!events || events->front().rejected) return;
    bench.doing("format in little memory");
    starve(bench, "format", [&] { return bench.format(provider, events->front()); });
}

// Nothing may be taken for granted that HG_HAS has to be asked for.
void beOlderHost(Bench& bench) {
    bench.doing("an older host");
    Witness::setTableLength(TableLength::Shortest);
    std::string why;
    if (const auto provider = bench.instantiate(bench.vector().settings, why)) {
        static_cast<void>(bench.verify(*provider, bench.vector().request));
        const auto events = bench.normalize(*provider, bench.vector().request);
        if (events && !events->front().rejected)
            static_cast<void>(bench.format(*provider, events->front()));
        auto forged = bench.vector().request;
        forged.body += ' ';
        const auto verdict = bench.verify(*provider, forged);
        if (bench.type().info.signs_body && verdict && verdict->decision != Decision::Reject)
            bench.report("robustness.older-host", "accepts a changed body on an older host");
    }
    Witness::setTableLength(TableLength::Whole);
}

void repeat(Bench& bench, const ProviderInProcess& provider) {
    const auto& request = bench.vector().request;
    std::string why;
    const auto other = bench.instantiate(bench.vector().settings, why);
    if (!other) return;
    const auto tell = [&](const char* step) {
        bench.report("robustness.determinism",
                     std::string{step} + " makes something else of the same request");
    };
    if (!same(bench.verify(provider, request), bench.verify(*other, request))) tell("verify");
    if (bench.vector().expect.verdict != "accept") return;
    const auto events = bench.normalize(provider, request);
    if (!same(events, bench.normalize(*other, request))) tell("normalize");
    if (!events || events->front().rejected) return;
    if (!same(bench.format(provider, events->front()), bench.format(*other, events->front())))
        tell("format");
}

// Whatever the request is, verify has an answer; of what is not authentic only one.
void judge(Bench& bench, const Provider& provider, const SampleRequest& request, bool authentic,
           const std::string& what) {
    const auto verdict = bench.verify(provider, request);
    if (!authentic && verdict && verdict->decision != Decision::Reject)
        bench.report("robustness.odd-request", "accepts " + what);
    else if (!verdict && verdict.error().failure == CallFailure::Internal)
        bench.report("robustness.odd-request",
                     "breaks on " + what + ": " + verdict.error().explanation);
}

// The proof in forms that no sender makes.
void sendOddities(Bench& bench, const ProviderInProcess& provider) {
    using namespace std::string_literals;
    bench.doing("odd requests");
    for (std::size_t i = 0; i < bench.vector().request.headers.size(); ++i) {
        auto request = bench.vector().request;
        if (bench.type().info.signs_body) request.body += '!';
        auto& [name, value] = request.headers[i];
        for (const auto& odd :
             {""s, "="s, ","s, std::string(1, '\0'), "\xff\xfe"s, std::string(8192, 'A'),
              std::string(8192, ','), std::string(8192, '='), "-9223372036854775808"s,
              "99999999999999999999999999"s, "1e999"s,
              std::string{value}.append(",").append(value)}) {
            value = odd;
            judge(bench, provider, request, !bench.type().info.signs_body,
                  std::string{"an odd "}.append(name));
        }
    }
    auto large = bench.vector().request;
    large.body.append(kLargeBytes, ' ');
    judge(bench, provider, large, !bench.type().info.signs_body, "a body of 4 MiB");
    auto many = bench.vector().request;
    for (int i = 0; i < 100; ++i)
        many.headers.emplace_back("x-header-" + std::to_string(i), "value");
    judge(bench, provider, many, true, "a hundred headers more");
}

// All of an instance after its constructor is used by any number of threads at once.
void crowd(Bench& bench, const ProviderInProcess& provider) {
    bench.doing("eight threads");
    const auto& request = bench.vector().request;
    const auto verdict = bench.verify(provider, request);
    const bool accepted = bench.vector().expect.verdict == "accept";
    const auto events = bench.normalize(provider, request);
    std::atomic<bool> differs{false};
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i)
        threads.push_back(base::startThread("check-" + std::to_string(i), [&] {
            GuardedMemory memory;
            const ShownRequest shown{request, memory};
            for (int round = 0; round < kRoundsOfThread; ++round)
                if (!same(provider.verify(shown.view()), verdict) ||
                    (accepted && !same(provider.normalize(shown.view()), events)))
                    differs = true;
        }));
    threads.clear(); // joins them
    if (differs)
        bench.report("robustness.threads", "answers in another way when eight threads ask at once");
}

} // namespace

void checkRobustness(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    forEachVector(subject, plugin, listener, [](Bench& bench, const ProviderInProcess& provider) {
        if (bench.vector().expect.verdict == "reject") return;
        takeMemoryAway(bench, provider);
        beOlderHost(bench);
        repeat(bench, provider);
        sendOddities(bench, provider);
        crowd(bench, provider);
    });
}

} // namespace hookgate::plugin::check
