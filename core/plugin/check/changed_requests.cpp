#include "core/plugin/check/mutation.hpp"
#include "core/plugin/check/negatives.hpp"
#include "core/plugin/check/witness.hpp"

#include <array>

namespace hookgate::plugin::check {
namespace {

constexpr std::array<unsigned char, 2> kFlips{0x01, 0x80};

void changeProof(Bench& bench, const Provider& provider, std::size_t header) {
    auto request = bench.vector().request;
    const auto name = request.headers[header].first;
    const auto value = request.headers[header].second;
    auto& changed = request.headers[header].second;
    const auto must_reject = [&](const char* id, const std::string& change) {
        bench.mustReject(provider, request, id, name + " " + change);
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
        changed = value.substr(value.size() - kept);
        must_reject("verify.proof-shorter",
                    "less all but its last " + std::to_string(kept) + " bytes");
    }
    for (const auto& more : {value + value.back(), value + '0', value + std::string(1, '\0')}) {
        changed = more;
        must_reject("verify.proof-longer", "one byte longer");
    }
}

void doubleProof(Bench& bench, const Provider& provider, std::size_t header) {
    auto request = bench.vector().request;
    const auto original = request.headers;
    const auto [name, value] = original[header];
    request.headers.insert(request.headers.begin(), {name, value});
    bench.mustReject(provider, request, "verify.proof-doubled", name + " twice");
    for (const std::size_t place : {std::size_t{0}, original.size()}) {
        request.headers = original;
        request.headers.insert(request.headers.begin() + static_cast<std::ptrdiff_t>(place),
                               {name, "00"});
        bench.mustReject(provider, request, "verify.proof-doubled", name + " twice, once wrong");
    }
}

// Without a header that proves something another body proves nothing.
void leaveHeadersOut(Bench& bench, const Provider& provider) {
    const auto& headers = bench.vector().request.headers;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        auto without = bench.vector().request;
        without.body += "{}";
        without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(i));
        bench.mustReject(provider, without, "verify.no-proof",
                         headers[i].first + " missing and another body");
    }
}

} // namespace

void judgeProof(Bench& bench, const Provider& provider) {
    const auto verdict = bench.verify(provider, bench.vector().request);
    const auto& usage = Witness::usage();
    if (!verdict || verdict->decision != Decision::Accept || usage.provesSomething()) return;
    if (usage.digests == 0)
        bench.report("verify.no-crypto", "accepts without having compared or verified anything");
    else
        bench.report("verify.own-comparison",
                     "compares by itself, which tells how far a guess is right; use "
                     "hg_host.equal or verify_signature");
}

std::vector<std::size_t> provingHeaders(Bench& bench, const Provider& provider) {
    std::vector<std::size_t> proving;
    const auto& request = bench.vector().request;
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        auto without = request;
        without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(i));
        if (!bench.accepts(provider, without)) proving.push_back(i);
    }
    return proving;
}

void changeBody(Bench& bench, const Provider& provider) {
    if (!bench.type().info.signs_body) return;
    auto request = bench.vector().request;
    const auto body = request.body;
    for (std::size_t i = 0; i < body.size(); ++i) {
        for (const auto bits : kFlips) {
            request.body[i] = flipped(body[i], bits);
            bench.mustReject(provider, request, "verify.body-byte",
                             "byte " + std::to_string(i) +
                                 " of its body changed; sign the exact bytes, or declare "
                                 "HG_TRAIT_BODY_UNSIGNED");
        }
        request.body[i] = body[i];
    }
    using namespace std::string_literals;
    for (const auto& [more, what] : {std::pair{body + '\n', "a line feed after its body"},
                                     std::pair{body + "\0tail"s, "a zero byte and more after it"},
                                     std::pair{body + body, "its body twice"},
                                     std::pair{' ' + body, "a blank before its body"}}) {
        request.body = more;
        if (more != body) bench.mustReject(provider, request, "verify.body-longer", what);
    }
    if (body.empty()) return;
    request.body = body.substr(0, body.size() - 1);
    bench.mustReject(provider, request, "verify.body-shorter", "the last byte of its body missing");
    request.body = body.substr(1);
    bench.mustReject(provider, request, "verify.body-shorter",
                     "the first byte of its body missing");
    request.body.clear();
    bench.mustReject(provider, request, "verify.body-empty", "an empty body");
}

void changeHeaders(Bench& bench, const Provider& provider) {
    auto bare = bench.vector().request;
    bare.headers.clear();
    bare.body += "{}";
    bench.mustReject(provider, bare, "verify.no-proof", "no header and another body");
    if (bench.type().info.signs_body) leaveHeadersOut(bench, provider);
    for (const auto header : provingHeaders(bench, provider)) {
        doubleProof(bench, provider, header);
        if (bench.vector().request.headers[header].second.empty()) continue;
        changeProof(bench, provider, header);
        changeEncoding(bench, provider, header);
    }
}

} // namespace hookgate::plugin::check
