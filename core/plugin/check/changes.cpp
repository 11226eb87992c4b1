// The part of a trial that changes a request that was accepted.
#include "core/plugin/check/trial.hpp"
#include "core/plugin/check/vector_clock.hpp"

#include <algorithm>
#include <array>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kCutsMax = 2000;
constexpr std::array<unsigned char, 2> kFlips{0x01, 0x80};

char flipped(char byte, unsigned char bits) noexcept {
    return static_cast<char>(static_cast<unsigned char>(byte) ^ bits);
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        text += part;
    return text;
}

} // namespace

bool Trial::accepts(const Provider& provider, const SampleRequest& request) {
    count();
    const auto verdict = verify(provider, request);
    if (!verdict && verdict.error().failure == CallFailure::Internal)
        report("verify.internal", "breaks on a changed request: " + verdict.error().explanation);
    return verdict && verdict->decision != Decision::Reject;
}

void Trial::mustReject(const Provider& provider, const SampleRequest& request, const char* id,
                       const std::string& change) {
    if (accepts(provider, request)) report(id, "accepts the request with " + change);
}

void Trial::changeSecrets() {
    std::string why;
    auto other = vector_.settings;
    for (auto& secret : other.secrets)
        secret.bytes = "another-" + secret.bytes;
    if (const auto provider = instantiate(other, why))
        mustReject(*provider, vector_.request, "verify.other-secret", "another secret");
    other.secrets.clear();
    if (const auto provider = instantiate(other, why))
        mustReject(*provider, vector_.request, "verify.no-secret", "no secret at all");
}

void Trial::changeBody(const Provider& provider) {
    if (!type_.info.signs_body) return;
    auto request = vector_.request;
    const auto body = request.body;
    for (std::size_t i = 0; i < body.size(); ++i) {
        for (const auto bits : kFlips) {
            request.body[i] = flipped(body[i], bits);
            mustReject(provider, request, "verify.body-byte",
                       "byte " + std::to_string(i) +
                           " of its body changed; sign the exact bytes, "
                           "or declare HG_TRAIT_BODY_UNSIGNED");
        }
        request.body[i] = body[i];
    }
    request.body = body + '\n';
    mustReject(provider, request, "verify.body-longer", "a line feed after its body");
    if (body.empty()) return;
    request.body = body.substr(0, body.size() - 1);
    mustReject(provider, request, "verify.body-shorter", "the last byte of its body missing");
    request.body.clear();
    mustReject(provider, request, "verify.body-empty", "an empty body");
}

// A header proves something when the request is not accepted without it.
void Trial::changeHeaders(const Provider& provider) {
    auto bare = vector_.request;
    bare.headers.clear();
    bare.body = "{}";
    mustReject(provider, bare, "verify.no-proof", "no header and another body");

    for (std::size_t i = 0; i < vector_.request.headers.size(); ++i) {
        auto without = vector_.request;
        without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(i));
        if (!accepts(provider, without)) changeProof(provider, i);
    }
}

void Trial::changeProof(const Provider& provider, std::size_t header) {
    auto request = vector_.request;
    const auto name = request.headers[header].first;
    const auto value = request.headers[header].second;
    auto& changed = request.headers[header].second;
    const auto must_reject = [&](const char* id, const std::string& change) {
        mustReject(provider, request, id, name + " " + change);
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        for (const auto bits : kFlips) {
            changed[i] = flipped(value[i], bits);
            must_reject("verify.proof-byte", "changed at byte " + std::to_string(i));
        }
        changed[i] = value[i];
    }
    for (std::size_t kept = 0; kept < value.size(); ++kept) {
        changed = value.substr(0, kept);
        must_reject("verify.proof-shorter",
                    kept == 0 ? "empty" : "cut after " + std::to_string(kept) + " bytes");
    }
    changed = value + value.back();
    must_reject("verify.proof-longer", "one byte longer");
    changed = value;

    const auto at = request.headers.begin() + static_cast<std::ptrdiff_t>(header);
    const auto original = request.headers;
    request.headers.insert(at, {name, value});
    mustReject(provider, request, "verify.proof-doubled", name + " twice");
    for (const std::size_t place : {std::size_t{0}, original.size()}) {
        request.headers = original;
        request.headers.insert(request.headers.begin() + static_cast<std::ptrdiff_t>(place),
                               {name, "00"});
        mustReject(provider, request, "verify.proof-doubled", name + " twice, once wrong");
    }
}

// A provider that declares a tolerance has to say when a request was signed.
void Trial::changeTime(const ProviderInProcess& provider) {
    const auto tolerance = vector_.settings.tolerance.value_or(provider.contract().tolerance);
    if (tolerance.count() == 0 || !type_.info.signs_body) return;
    auto& clock = vectorClock();
    const auto now = clock.unixMs();
    const auto before = clock.now;
    for (const int direction : {-1, 1}) {
        clock.now = now + direction * (2 * tolerance.count() + 1000);
        mustReject(provider, vector_.request, direction < 0 ? "verify.future" : "verify.stale",
                   "a signed time outside of the tolerance");
    }
    clock.now = before;
}

void Trial::mustAnswer(const Provider& provider, std::string body, const std::string& change) {
    auto request = vector_.request;
    request.body = std::move(body);
    count();
    const auto events = normalize(provider, request);
    if (!events && events.error().failure == CallFailure::Internal)
        report("normalize.internal", "breaks on a body " + change + " (" +
                                         events.error().explanation + "); say Malformed instead");
}

void Trial::readChangedBodies(const Provider& provider) {
    const auto& body = vector_.request.body;
    const auto cuts = std::min(body.size(), kCutsMax);
    for (std::size_t kept = 0; kept < cuts; ++kept)
        mustAnswer(provider, body.substr(0, kept), "cut after " + std::to_string(kept) + " bytes");
    for (std::size_t i = 0; i < cuts; ++i) {
        for (const auto bits : kFlips) {
            auto changed = body;
            changed[i] = flipped(body[i], bits);
            mustAnswer(provider, std::move(changed), "changed at byte " + std::to_string(i));
        }
    }
    constexpr std::size_t kDeep = 100'000;
    for (const auto* const odd :
         {"null", "[]", "{}", "1e999", "\"\"", "\xff\xfe", "\"\\ud800\"", "{\"a\":1,\"a\":2}"})
        mustAnswer(provider, odd, std::string{"of "} + odd);
    mustAnswer(provider, repeated("[", kDeep), "of 100000 brackets");
    mustAnswer(provider, repeated("{\"a\":", kDeep), "of 100000 objects in each other");
    mustAnswer(provider, std::string(1, '\0') + body, "with a zero byte in front");
}

} // namespace hookgate::plugin::check
