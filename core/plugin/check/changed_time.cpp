#include "core/plugin/check/mutation.hpp"
#include "core/plugin/check/negatives.hpp"
#include "core/plugin/check/vector_clock.hpp"

#include <algorithm>
#include <string_view>

namespace hookgate::plugin::check {
namespace {

// Unix seconds or milliseconds of the years 2001 to 2033, standing alone.
bool holdsTime(std::string_view value) {
    constexpr std::size_t kSecondsDigits = 10;
    constexpr std::size_t kMillisecondsDigits = 13;
    for (auto word = nextRun(value, 0, isWordCharacter); word.size > 0;
         word = nextRun(value, word.begin + word.size, isWordCharacter)) {
        const auto text = value.substr(word.begin, word.size);
        if ((text.size() == kSecondsDigits || text.size() == kMillisecondsDigits) &&
            text.front() == '1' && std::all_of(text.begin(), text.end(), isDigit))
            return true;
    }
    return false;
}

// The request, whole and less one header each, after `now` has moved out of the tolerance.
void sendOutOfTime(Bench& bench, const Provider& provider, const char* id) {
    const auto& request = bench.vector().request;
    bench.mustReject(provider, request, id, "a signed time outside of the tolerance");
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        auto without = request;
        without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(i));
        bench.mustReject(provider, without, id,
                         "a signed time outside of the tolerance and " + request.headers[i].first +
                             " taken out");
    }
}

// A time that is sent and not looked at lets whoever saw the request send it again for ever.
void findIgnoredTime(Bench& bench, const Provider& provider) {
    const auto& headers = bench.vector().request.headers;
    const auto proving = provingHeaders(bench, provider);
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const bool counts = std::find(proving.begin(), proving.end(), i) != proving.end() ||
                            headers[i].first.find("time") != std::string::npos;
        if (counts && holdsTime(headers[i].second))
            bench.report("verify.time-ignored",
                         headers[i].first +
                             " holds a time, but the verdict has none; set signed_unix_ms, and "
                             "declare tolerance_ms");
    }
}

} // namespace

void changeTime(Bench& bench, const ProviderInProcess& provider) {
    if (!bench.type().info.signs_body) return;
    const auto tolerance =
        bench.vector().settings.tolerance.value_or(provider.contract().tolerance);
    const auto verdict = bench.verify(provider, bench.vector().request);
    if (!verdict) return;
    if (verdict->signed_at == 0) findIgnoredTime(bench, provider);
    if (tolerance.count() == 0) {
        if (verdict->signed_at != 0)
            bench.report("verify.no-tolerance",
                         "says when it was signed, but nobody says how old that may be; declare "
                         "tolerance_ms");
        return;
    }
    auto& clock = vectorClock();
    const auto before = clock.now;
    const auto now = clock.unixMs();
    for (const int direction : {-1, 1}) {
        clock.now = now + direction * (2 * tolerance.count() + 1000);
        sendOutOfTime(bench, provider, direction < 0 ? "verify.future" : "verify.stale");
    }
    clock.now = before;
}

} // namespace hookgate::plugin::check
