#include "core/plugin/check/malformed.hpp"

#include "core/plugin/check/mutation.hpp"

#include <algorithm>
#include <array>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kCutsMax = 2000;
constexpr std::size_t kDeep = 100'000;
constexpr std::array<unsigned char, 2> kFlips{0x01, 0x80};

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        text += part;
    return text;
}

// Twice: whatever it is, it has to be read in one way.
void mustAnswer(Bench& bench, const Provider& provider, std::string body,
                const std::string& change) {
    auto request = bench.vector().request;
    request.body = std::move(body);
    const auto events = bench.normalize(provider, request);
    if (!events && events.error().failure == CallFailure::Internal)
        bench.report("normalize.internal", "breaks on a body " + change + " (" +
                                               events.error().explanation +
                                               "); say Malformed instead");
    const auto again = bench.normalize(provider, request);
    const bool alike = events && again
                           ? same(*events, *again)
                           : !events && !again && events.error().failure == again.error().failure;
    if (!alike) bench.report("normalize.determinism", "reads a body " + change + " in two ways");
}

// The body with each of its numbers in turn replaced by one that no type holds.
void putNumbers(Bench& bench, const Provider& provider, const std::string& body) {
    const auto is_number = [](char c) { return isDigit(c) || c == '.' || c == '-' || c == '+'; };
    for (auto run = nextRun(body, 0, is_number); run.size > 0;
         run = nextRun(body, run.begin + run.size, is_number))
        for (const auto* const odd : {"1e999", "-1", "99999999999999999999", "1e-999", "0.1e+300"})
            mustAnswer(bench, provider, std::string{body}.replace(run.begin, run.size, odd),
                       "with " + std::string{odd} + " as a number");
}

} // namespace

void readMalformed(Bench& bench, const Provider& provider) {
    const auto& body = bench.vector().request.body;
    const auto cuts = std::min(body.size(), kCutsMax);
    for (std::size_t kept = 0; kept < cuts; ++kept)
        mustAnswer(bench, provider, body.substr(0, kept),
                   "cut after " + std::to_string(kept) + " bytes");
    for (std::size_t i = 0; i < cuts; ++i) {
        for (const auto bits : kFlips) {
            auto changed = body;
            changed[i] = flipped(body[i], bits);
            mustAnswer(bench, provider, std::move(changed), "changed at byte " + std::to_string(i));
        }
    }
    for (const auto* const odd :
         {"null", "[]", "{}", "1e999", R"("")", "\xff\xfe", R"("\ud800")", R"({"a":1,"a":2})"})
        mustAnswer(bench, provider, odd, std::string{"of "} + odd);
    putNumbers(bench, provider, body);
    mustAnswer(bench, provider, repeated("[", kDeep), "of 100000 brackets");
    mustAnswer(bench, provider, repeated("{\"a\":", kDeep), "of 100000 objects in each other");
    mustAnswer(bench, provider, std::string(1, '\0') + body, "with a zero byte in front");
    mustAnswer(bench, provider, "\xef\xbb\xbf" + body, "with a byte order mark");
}

} // namespace hookgate::plugin::check
