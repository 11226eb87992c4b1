#include "core/plugin/check/mutation.hpp"
#include "core/plugin/check/negatives.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace hookgate::plugin::check {
namespace {

constexpr std::size_t kPlacesTried = 16;

// Public keys that nobody signs with, for schemes whose secrets are such keys: as they are written
// for P-256, Ed25519 and RSA.
constexpr std::array<std::string_view, 6> kPublicKeys{
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZtvgEosffbf7NjniEsX/Y2aQbmwo"
    "UWHLPNwxRTnd8oPiJyuniDI+y6yZq8zFfqaEoDDDuR1GOTTzcmiAPmTLWg==",
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZtvgEosffbf7NjniEsX/Y2aQbmwo\n"
    "UWHLPNwxRTnd8oPiJyuniDI+y6yZq8zFfqaEoDDDuR1GOTTzcmiAPmTLWg==\n"
    "-----END PUBLIC KEY-----\n",
    "09d921dfa5f42b000483229b5d16fbac19b5444df4d529ad1cd3004030a99851",
    "Cdkh36X0KwAEgyKbXRb7rBm1RE301SmtHNMAQDCpmFE=",
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEACdkh36X0KwAEgyKbXRb7rBm1RE301SmtHNMAQDCpmFE=\n"
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAs0NUORFYBbhvu+7+Ytzi\n"
    "tPGHf2fDaOKZMUp485/zbBWo+/ohWGirC+vIYTOKy0aatPdPnkNQKuvcsVLZTFUP\n"
    "08Saw9qn/9NGBdEuxglZ6/0DVUp7XNrvkBijdYmRKXP3KyAD3l9Cq80mQ87uixvx\n"
    "CjiYFfGRSy6PLBSuP3iZ0xzTgB8+2IqRcObZgddRBsh2FHbiWzi0szoxPoHl8xhP\n"
    "usQE2XewmrNSBPOsmYd4WUTwN2UAuoFEpmsHiBsGBpFs8FENa7d8ZlAcosVPP969\n"
    "+xNFbGwOwFgNU6wdG73JAjtanl5oD/IqTPW/kO5KLcJg1dtHhxtv1qgInBzBamSh\n"
    "AwIDAQAB\n"
    "-----END PUBLIC KEY-----\n"};

// The settings with every secret changed in the same way.
template <class Change>
InstanceSettings withSecrets(const InstanceSettings& settings, const Change& change) {
    auto other = settings;
    for (auto& secret : other.secrets)
        secret.bytes = change(secret.bytes);
    return other;
}

bool isPem(std::string_view secret) noexcept {
    return secret.find("-----BEGIN") != std::string_view::npos;
}

// Digits and letters of the secret that can be another one. What stands before padding may have
// bits that mean nothing.
std::vector<std::size_t> places(std::string_view secret) {
    std::vector<std::size_t> found;
    if (isPem(secret)) return found;
    for (std::size_t i = 0; i < secret.size(); ++i)
        if (isWordCharacter(secret[i]) && (i + 1 == secret.size() || secret[i + 1] != '='))
            found.push_back(i);
    return found;
}

std::vector<InstanceSettings> others(const InstanceSettings& settings) {
    std::vector<InstanceSettings> list;
    const auto add = [&](const auto& change) { list.push_back(withSecrets(settings, change)); };
    add([](const std::string& secret) { return "another-" + secret; });
    add([](const std::string& secret) { return isPem(secret) ? std::string{} : secret + 'x'; });
    add([](const std::string& secret) {
        return isPem(secret) ? std::string{} : secret.substr(0, secret.size() - 1);
    });
    for (std::size_t i = 0; i <= kPlacesTried; ++i)
        add([&](const std::string& secret) {
            const auto candidates = places(secret);
            if (candidates.empty()) return std::string{};
            auto other = secret;
            auto& changed = other[candidates[i * (candidates.size() - 1) / kPlacesTried]];
            changed = sibling(changed);
            return other;
        });
    for (const auto key : kPublicKeys)
        add([&](const std::string&) { return std::string{key}; });
    return list;
}

// Whether the settings hold one of the vector's own secrets after all.
bool holdsOneOf(const InstanceSettings& settings, const std::vector<Secret>& secrets) {
    return std::any_of(settings.secrets.begin(), settings.secrets.end(), [&](const Secret& a) {
        return std::any_of(secrets.begin(), secrets.end(),
                           [&](const Secret& b) { return a.bytes == b.bytes; });
    });
}

// The right secret has to do while a newer one is there already.
void rotate(Bench& bench, const InstanceSettings& newer) {
    auto both = newer;
    both.secrets.resize(1);
    both.secrets.front().key_id = "newer";
    const auto& old = bench.vector().settings.secrets;
    both.secrets.insert(both.secrets.end(), old.begin(), old.end());
    std::string why;
    const auto provider = bench.instantiate(both, why);
    if (!provider) return;
    const auto verdict = bench.verify(*provider, bench.vector().request);
    if (!verdict || verdict->decision == Decision::Reject)
        bench.report("verify.rotation",
                     "rejects what the second of two secrets proves; try them all");
    else if (verdict->decision == Decision::Accept && verdict->key_id == "newer")
        bench.report("verify.rotation", "names the key of a secret that proved nothing");
}

} // namespace

void changeSecrets(Bench& bench) {
    const auto& vector = bench.vector();
    std::string why;
    bool rotated = false;
    std::size_t tried = 0;
    for (const auto& other : others(vector.settings)) {
        if (holdsOneOf(other, vector.settings.secrets)) continue;
        const auto provider = bench.instantiate(other, why);
        if (!provider) continue;
        ++tried;
        bench.mustReject(*provider, vector.request, "verify.other-secret",
                         "secrets that it was not signed with");
        if (!rotated && !other.secrets.empty()) rotate(bench, other);
        rotated = true;
    }
    if (tried == 0)
        bench.report("verify.other-secret-untried",
                     "takes no other secret of the same form, the last because " + why);
    auto none = vector.settings;
    none.secrets.clear();
    if (const auto provider = bench.instantiate(none, why))
        bench.mustReject(*provider, vector.request, "verify.no-secret", "no secret at all");
}

} // namespace hookgate::plugin::check
