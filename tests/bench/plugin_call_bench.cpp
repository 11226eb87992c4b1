// What a call into a plugin costs in this process and in one of its own: acme's verify of a body of
// 700 bytes, on one thread.  plugin_call_bench PLUGINS_DIR PLUGIN_HOST [CALLS]
#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/plugin/isolation/isolated_plugins.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "tests/support/silent_log.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace hookgate; // NOLINT(google-build-using-namespace): a program of one page
using std::chrono::duration;
using std::chrono::steady_clock;

constexpr std::size_t kBodyBytes = 700;
constexpr std::string_view kSecret = "secret-of-the-benchmark";

struct Figures {
    double p50_us;
    double p99_us;
    double calls_per_s;
};

Figures measure(const plugin::Registry& registry, std::size_t calls) {
    const auto provider = registry.create(
        {.provider = "acme", .integration = "bench", .secrets = {{"k1", std::string{kSecret}}}});
    if (!provider) {
        std::fprintf(stderr, "acme: %s\n", provider.error().c_str());
        std::exit(1);
    }
    std::string body =
        R"({"eventId":"e-1","eventType":"payment.settled","occurredAt":"2026-01-02T03:04:05Z","data":{"note":")";
    body += std::string(kBodyBytes - body.size() - 3, 'x') + "\"}}";
    const auto signature = base::toHex(base::hmacSha256(kSecret, body));
    const std::vector<plugin::HeaderView> headers{{"content-type", "application/json"},
                                                  {"host", "hooks.example"},
                                                  {"user-agent", "acme/1"},
                                                  {"x-acme-signature", signature}};
    const plugin::InboundRequest request{.headers = headers, .method = "POST", .body = body};

    std::vector<double> took_us(calls);
    const auto began = steady_clock::now();
    for (auto& took : took_us) {
        const auto before = steady_clock::now();
        const auto verdict = (*provider)->verify(request);
        took = duration<double, std::micro>{steady_clock::now() - before}.count();
        if (!verdict || verdict->decision != plugin::Decision::Accept) {
            std::fprintf(stderr, "acme did not accept\n");
            std::exit(1);
        }
    }
    const duration<double> all = steady_clock::now() - began;
    std::sort(took_us.begin(), took_us.end());
    return {took_us[calls / 2], took_us[calls - 1 - calls / 100],
            static_cast<double>(calls) / all.count()};
}

void print(const char* mode, const Figures& figures) {
    std::printf("%-11s  p50 %7.1f us   p99 %7.1f us   %9.0f calls/s\n", mode, figures.p50_us,
                figures.p99_us, figures.calls_per_s);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: plugin_call_bench PLUGINS_DIR PLUGIN_HOST [CALLS]\n");
        return 64;
    }
    const std::size_t calls = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100'000;
    testing_support::SilentLog log;
    const base::SystemClock clock;
    plugin::isolation::Starter starter;
    const plugin::isolation::IsolationOptions options{.program = argv[2]};
    const plugin::Registry in_process{{.directory = argv[1]},
                                      plugin::inProcessInstances(log, clock)};
    const plugin::Registry isolated{
        {.directory = argv[1],
         .isolated = plugin::isolation::isolatedLoading(true, {}, options, starter)},
        plugin::isolation::withIsolation(plugin::inProcessInstances(log, clock), options, starter,
                                         log, clock)};
    const auto here = measure(in_process, calls);
    const auto there = measure(isolated, calls);
    print("in process", here);
    print("isolated", there);
    std::printf("ratio of p50: %.1f\n", there.p50_us / here.p50_us);
    return 0;
}
