#include "core/plugin/check/fuzz.hpp"

#include "core/plugin/check/mutation.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kChangesMax = 6;
constexpr std::size_t kPieceBytesMax = 32;
constexpr std::size_t kGrownBytesMax = std::size_t{64} * 1024;

// What readers of text stumble over.
constexpr std::array<std::string_view, 24> kPieces{"\"",      "\\",
                                                   "\\u0000", "\\ud800",
                                                   "{",       "}",
                                                   "[",       "]",
                                                   ",",       "=",
                                                   "&",       "%",
                                                   "%00",     ";",
                                                   "\r\n",    "--",
                                                   "null",    "-1",
                                                   "1e999",   "9223372036854775808",
                                                   "0x10",    "\xef\xbb\xbf",
                                                   "\xff",    "sha256="};

// SplitMix64: the same numbers everywhere.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_{seed} {}

    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

    // Below `end`, which is not 0.
    std::size_t below(std::size_t end) noexcept { return static_cast<std::size_t>(next() % end); }

private:
    std::uint64_t state_;
};

void changeText(std::string& text, Random& random) {
    const auto at = random.below(text.size() + 1);
    const auto size = std::min(text.size() - at, 1 + random.below(kPieceBytesMax));
    switch (random.below(6)) {
        case 0: // a bit
            if (at < text.size())
                text[at] = flipped(text[at], static_cast<unsigned char>(1U << random.below(8)));
            break;
        case 1: // a byte
            if (at < text.size()) text[at] = static_cast<char>(random.next());
            break;
        case 2:
            text.erase(at, size);
            break;
        case 3: // once more
            if (text.size() < kGrownBytesMax) text.insert(at, text.substr(at, size));
            break;
        case 4:
            if (text.size() < kGrownBytesMax)
                text.insert(at, kPieces[random.below(kPieces.size())]);
            break;
        default: { // a piece of itself in another place
            const auto piece = text.substr(at, size);
            text.replace(random.below(text.size() + 1), piece.size(), piece);
        }
    }
}

void changeHeaders(SampleRequest& request, Random& random) {
    auto& headers = request.headers;
    const auto at = random.below(headers.size());
    switch (random.below(4)) {
        case 0:
            headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        case 1:
            headers.push_back(headers[at]);
            break;
        default:
            changeText(headers[at].second, random);
    }
}

SampleRequest changed(const SampleRequest& original, Random& random) {
    auto request = original;
    for (std::size_t left = 1 + random.below(kChangesMax); left > 0; --left) {
        switch (random.below(8)) {
            case 0:
            case 1:
            case 2:
                if (!request.headers.empty()) changeHeaders(request, random);
                break;
            case 3:
                changeText(request.query, random);
                break;
            case 4:
                changeText(random.below(2) == 0 ? request.url : request.path, random);
                break;
            default:
                changeText(request.body, random);
        }
    }
    return request;
}

std::string hex(std::uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "0x";
    for (int shift = 60; shift >= 0; shift -= 4)
        text += kDigits[(number >> shift) & 15U];
    return text;
}

// A changed body that is accepted and says something else than the original is a forgery.
bool isForgery(Bench& bench, const Provider& provider, const SampleRequest& request) {
    const auto& original = bench.vector().request;
    if (request.body == original.body || !bench.type().info.signs_body) return false;
    const auto before = bench.normalize(provider, original);
    const auto after = bench.normalize(provider, request);
    return before && after && !same(*before, *after);
}

void runCase(Bench& bench, const ProviderInProcess& provider, std::uint64_t number) {
    Random random{number};
    const auto name = hex(number);
    const auto again = "; --reproduce " + name + " runs this case alone";
    bench.doing("--reproduce " + name);
    const auto request = changed(bench.vector().request, random);
    const auto verdict = bench.verify(provider, request);
    if (!verdict && verdict.error().failure == CallFailure::Internal)
        bench.report("fuzz.internal", "verify breaks: " + verdict.error().explanation + again);
    if (verdict && verdict->decision == Decision::Accept && isForgery(bench, provider, request))
        bench.report("fuzz.forgery", "accepts another body" + again);
    const auto events = bench.normalize(provider, request);
    if (!events && events.error().failure == CallFailure::Internal)
        bench.report("fuzz.internal", "normalize breaks: " + events.error().explanation + again);
    if (!events || events->front().rejected) return;
    const auto outbound = bench.format(provider, events->front());
    if (!outbound && outbound.error().failure == CallFailure::Internal)
        bench.report("fuzz.internal", "format breaks: " + outbound.error().explanation + again);
}

} // namespace

void fuzz(const Subject& subject, const Descriptor& plugin, Listener& listener) {
    const auto accepted =
        std::count_if(subject.vectors.begin(), subject.vectors.end(),
                      [](const Vector& vector) { return vector.expect.verdict == "accept"; });
    const auto& plan = subject.fuzz;
    std::int64_t index = 0;
    forEachVector(subject, plugin, listener, [&](Bench& bench, const ProviderInProcess& provider) {
        if (bench.vector().expect.verdict != "accept") return;
        if (plan.reproduce) return runCase(bench, provider, *plan.reproduce);
        // The time is shared by the vectors; without a time so many cases have to do.
        const auto end = std::chrono::steady_clock::now() + plan.time / std::max<long>(1, accepted);
        Random numbers{plan.seed + static_cast<std::uint64_t>(++index)};
        for (std::size_t i = 0;
             plan.time.count() > 0 ? std::chrono::steady_clock::now() < end : i < plan.cases; ++i)
            runCase(bench, provider, numbers.next());
    });
}

} // namespace hookgate::plugin::check
