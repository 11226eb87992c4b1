#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/base/text.hpp"
#include "core/plugin/check/mutation.hpp"
#include "core/plugin/check/negatives.hpp"
#include "core/plugin/check/witness.hpp"
#include "core/plugin/host_crypto.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace hookgate::plugin::check {
namespace {

enum class Writing { LowerHex, UpperHex, Base64, Base64Url };

struct Algorithm {
    hg_hash hash;
    std::string_view name; // as headers spell it, in lower case
};

constexpr std::array<Algorithm, 6> kAlgorithms{{{HG_SHA256, "sha256"},
                                                {HG_SHA1, "sha1"},
                                                {HG_SHA512, "sha512"},
                                                {HG_SHA384, "sha384"},
                                                {HG_MD5, "md5"},
                                                {HG_CRC32, "crc32"}}};

// A code that the plugin asked for, and where the request carries it.
struct CarriedMac {
    MacRequest mac;
    std::size_t header = 0;
    Run run{};
    Writing writing = Writing::LowerHex;
};

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

std::string written(std::string_view bytes, Writing writing) {
    auto text = writing == Writing::LowerHex || writing == Writing::UpperHex
                    ? base::toHex({reinterpret_cast<const std::uint8_t*>( // NOLINT(*-cast)
                                       bytes.data()),
                                   bytes.size()})
                    : base::toBase64(bytes);
    for (auto& c : text) {
        if (writing == Writing::UpperHex && c >= 'a') c = flipped(c, 0x20);
        if (writing == Writing::Base64Url) c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    if (writing == Writing::Base64Url) text.erase(text.find_last_not_of('=') + 1);
    return text;
}

std::vector<CarriedMac> carriedMacs(Bench& bench, const Provider& provider) {
    Witness::keepMacs(true);
    const bool accepted = bench.accepts(provider, bench.vector().request);
    Witness::keepMacs(false);
    std::vector<CarriedMac> carried;
    if (!accepted) return carried;
    const auto& headers = bench.vector().request.headers;
    for (const auto& mac : Witness::usage().macs)
        for (std::size_t i = 0; i < headers.size(); ++i)
            for (const auto writing :
                 {Writing::LowerHex, Writing::UpperHex, Writing::Base64, Writing::Base64Url}) {
                const auto text = written(mac.mac, writing);
                const auto at = headers[i].second.find(text);
                if (at == std::string::npos) continue;
                carried.push_back(
                    {.mac = mac, .header = i, .run = {at, text.size()}, .writing = writing});
                break;
            }
    return carried;
}

// The request with another code in the place of the carried one.
SampleRequest withMac(const SampleRequest& request, const CarriedMac& carried,
                      std::string_view mac) {
    auto forged = request;
    forged.headers[carried.header].second.replace(carried.run.begin, carried.run.size,
                                                  written(mac, carried.writing));
    return forged;
}

std::optional<std::string> hmac(hg_hash hash, std::string_view key, std::string_view message) {
    std::array<std::uint8_t, 64> out{};
    std::uint64_t size = 0;
    const auto part = rawOf(message);
    if (hmacOf(hash, rawOf(key), {&part, 1}, out, size) != HG_OK) return std::nullopt;
    return std::string{out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::optional<std::string> digest(hg_hash hash, std::string_view message) {
    std::array<std::uint8_t, 64> out{};
    std::uint64_t size = 0;
    const auto part = rawOf(message);
    if (digestOf(hash, {&part, 1}, out, size) != HG_OK) return std::nullopt;
    return std::string{out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

// The headers with the name of one algorithm in the place of another's, spelled in the same way:
// sha256 and SHA-256 alike.
void rename(SampleRequest& request, std::string_view from, std::string_view to) {
    const auto spelled = [](std::string_view name, bool upper, bool hyphen) {
        std::string text{name};
        if (hyphen && text.starts_with("sha")) text.insert(3, 1, '-');
        for (auto& c : text)
            if (upper && isLetter(c)) c = flipped(c, 0x20);
        return text;
    };
    for (auto& [name, value] : request.headers)
        for (const bool upper : {false, true})
            for (const bool hyphen : {false, true}) {
                const auto text = spelled(from, upper, hyphen);
                if (const auto at = value.find(text); at != std::string::npos)
                    value.replace(at, text.size(), spelled(to, upper, hyphen));
            }
}

std::string_view nameOfHash(hg_hash hash) {
    const auto found =
        std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                     [&](const Algorithm& algorithm) { return algorithm.hash == hash; });
    return found == kAlgorithms.end() ? std::string_view{} : found->name;
}

// With the key "" a forger needs none.
void signWithNothing(Bench& bench, const Provider& provider, const CarriedMac& carried) {
    const auto mac = hmac(carried.mac.hash, {}, carried.mac.message);
    if (!mac || carried.mac.key.empty()) return;
    const auto forged = withMac(bench.vector().request, carried, *mac);
    bench.mustReject(provider, forged, "verify.empty-secret", "a code made with the empty secret");
    auto none = bench.vector().settings;
    none.secrets.clear();
    std::string why;
    if (const auto unarmed = bench.instantiate(none, why))
        bench.mustReject(*unarmed, forged, "verify.empty-secret",
                         "a code made with the empty secret while it has none");
}

void chooseAlgorithm(Bench& bench, const Provider& provider, const CarriedMac& carried) {
    const auto own = nameOfHash(carried.mac.hash);
    const auto must_reject = [&](const std::optional<std::string>& mac, std::string_view name,
                                 std::string_view how) {
        if (!mac) return;
        auto forged = withMac(bench.vector().request, carried, *mac);
        for (const bool named : {false, true}) {
            if (named) rename(forged, own, name);
            bench.mustReject(provider, forged, "verify.algorithm",
                             "a " + std::string{name} + " " + std::string{how} +
                                 " in the place of its code; the sender must not choose the "
                                 "algorithm");
        }
    };
    const auto& [hash, key, message, ignored] = carried.mac;
    for (const auto& other : kAlgorithms) {
        must_reject(digest(other.hash, message), other.name, "digest, which needs no key,");
        if (other.hash != hash) must_reject(hmac(other.hash, key, message), other.name, "code");
    }
    must_reject(std::string{}, "none", "code");
}

} // namespace

void forgeMacs(Bench& bench, const Provider& provider) {
    for (const auto& carried : carriedMacs(bench, provider)) {
        signWithNothing(bench, provider, carried);
        chooseAlgorithm(bench, provider, carried);
    }
}

} // namespace hookgate::plugin::check
