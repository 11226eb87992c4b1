#include "core/simulate/signing.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/offline/loaded_provider.hpp"
#include "core/offline/request_view.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace hookgate::plugin {
namespace {

using check::SampleRequest;
using check::Vector;

constexpr base::UnixMs kNow = 1'790'000'000'123;

struct KeyPair {
    std::string private_pem;
    std::string public_der;
    std::string seed; // of Ed25519
};

std::string contentOf(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

KeyPair pairOf(EVP_PKEY* key) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> owned{key, &EVP_PKEY_free};
    const std::unique_ptr<BIO, decltype(&BIO_free)> pem{BIO_new(BIO_s_mem()), &BIO_free};
    const std::unique_ptr<BIO, decltype(&BIO_free)> der{BIO_new(BIO_s_mem()), &BIO_free};
    PEM_write_bio_PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    i2d_PUBKEY_bio(der.get(), key);
    std::array<unsigned char, 32> seed{};
    auto size = seed.size();
    EVP_PKEY_get_raw_private_key(key, seed.data(), &size);
    return {contentOf(pem.get()), contentOf(der.get()), {seed.begin(), seed.end()}};
}

KeyPair ed25519() {
    return pairOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

KeyPair p256() {
    return pairOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

std::string rawPublic(const KeyPair& pair) {
    return pair.public_der.substr(pair.public_der.size() - 32);
}

class Signing : public ::testing::Test {
protected:
    offline::LoadedProvider load(const std::string& provider) const {
        auto loaded = offline::loadProvider(registry, HG_PLUGINS_DIR, provider);
        if (!loaded) ADD_FAILURE() << loaded.error();
        return loaded ? std::move(*loaded) : offline::LoadedProvider{};
    }

    std::shared_ptr<const ProviderInProcess> make(const ProviderType& type,
                                                  const InstanceSettings& settings) {
        auto made = ProviderInProcess::create(type, settings,
                                              {.log = log, .clock = clock, .may_sign = true});
        if (!made) ADD_FAILURE() << type.info.name << ": " << made.error();
        return made ? *made : nullptr;
    }

    static Decision decisionOf(const Provider& provider, const SampleRequest& request,
                               base::UnixMs now) {
        const offline::RequestView view{request, now};
        const auto verdict = provider.verify(*view);
        return verdict ? verdict->decision : Decision::Reject;
    }

    // That sign() makes what verify() takes, and that no byte of the body or of a proof may change.
    void expectSound(const ProviderType& type, const InstanceSettings& settings,
                     SampleRequest request, const std::string& private_key = {}) {
        const auto provider = make(type, settings);
        if (!provider) return;
        // The proof that came with it, which may be under another name.
        std::erase_if(request.headers, [](const auto& header) {
            return header.first.find("signature") != std::string::npos ||
                   header.first.find("hmac") != std::string::npos;
        });
        simulate::setUrl(request, "https://hooks.example.com/api/v1/webhooks/" + type.info.name);
        const auto before = request;
        const auto made = simulate::signedRequest(*provider, request, private_key, kNow);
        ASSERT_TRUE(made) << type.info.name << ": " << made.error();
        EXPECT_NE(decisionOf(*provider, *made, kNow), Decision::Reject) << type.info.name;
        if (type.info.signs_body) {
            for (std::size_t i = 0; i < made->body.size(); ++i) {
                auto changed = *made;
                changed.body[i] = static_cast<char>(changed.body[i] ^ 1);
                EXPECT_EQ(decisionOf(*provider, changed, kNow), Decision::Reject)
                    << type.info.name << ": byte " << i << " of the body";
            }
        }
        for (std::size_t h = 0; h < made->headers.size(); ++h) {
            const auto& [name, value] = made->headers[h];
            if (std::count(before.headers.begin(), before.headers.end(), made->headers[h]) > 0)
                continue; // not of the proof
            auto changed = *made;
            // The last character may have bits that base64 does not use: the first ones have not.
            changed.headers[h].second[value.size() / 2] =
                value[value.size() / 2] == '1' ? '2' : '1';
            EXPECT_EQ(decisionOf(*provider, changed, kNow), Decision::Reject)
                << type.info.name << ": " << name;
            changed = *made;
            changed.headers.erase(changed.headers.begin() + static_cast<std::ptrdiff_t>(h));
            EXPECT_EQ(decisionOf(*provider, changed, kNow), Decision::Reject)
                << type.info.name << " without " << name;
        }
        const offline::RequestView view{*made, kNow};
        if (provider->verify(*view)->signed_at != 0) {
            const auto late = kNow + type.info.contract.tolerance.count() + 2000;
            EXPECT_EQ(decisionOf(*provider, *made, late), Decision::Reject) << type.info.name;
        }
    }

    // Every request that the provider's vectors find authentic, signed anew.
    void expectAllSound(const std::string& provider, const KeyPair* pair = nullptr,
                        const std::string& public_key = {}) {
        const auto loaded = load(provider);
        std::size_t played = 0;
        for (const auto& vector : loaded.vectors) {
            if (vector.expect.verdict != "accept" && vector.expect.verdict != "respond") continue;
            auto settings = vector.settings;
            settings.tolerance.reset();
            if (pair != nullptr) settings.secrets = {{"k", public_key}};
            expectSound(loaded.type, settings, vector.request,
                        pair == nullptr ? std::string{} : pair->private_pem);
            ++played;
        }
        EXPECT_GT(played, 0U) << provider;
    }

    RecordingLog log;
    base::SystemClock clock;
    Registry registry{{.directory = HG_PLUGINS_DIR}, inProcessInstances(log, clock)};
};

TEST_F(Signing, MakesWhatItsProviderAcceptsAndNothingElse) {
    for (const auto* const provider :
         {"acme", "generic_hmac", "github", "globex", "hubspot", "shopify", "slack", "stripe"})
        expectAllSound(provider);
}

// Of a form, whose fields are signed sorted and decoded, other bytes may say the same.
TEST_F(Signing, TwilioSignsTheUrlAndTheFieldsOrTheHashOfTheBody) {
    const auto loaded = load("twilio");
    for (const auto& vector : loaded.vectors) {
        if (vector.expect.verdict != "accept") continue;
        const bool is_form = std::any_of(
            vector.request.headers.begin(), vector.request.headers.end(), [](const auto& header) {
                return header.second.starts_with("application/x-www-form-urlencoded");
            });
        auto type = loaded.type;
        type.info.signs_body = !is_form;
        expectSound(type, vector.settings, vector.request);
    }
}

TEST_F(Signing, GitLabUsesTheTokenOrTheSigningTokenOfTheIntegration) {
    auto loaded = load("gitlab");
    for (const auto& vector : loaded.vectors) {
        if (vector.expect.verdict != "accept") continue;
        auto request = vector.request;
        std::erase_if(request.headers, [](const auto& header) {
            return header.first == "x-gitlab-token" || header.first.starts_with("webhook-");
        });
        auto type = loaded.type;
        const bool signs = vector.settings.secrets.front().bytes.starts_with("whsec_");
        type.info.signs_body = signs;
        expectSound(type, vector.settings, request);
    }
}

TEST_F(Signing, StandardWebhooksSignsBothVersions) {
    const auto loaded = load("standard_webhooks");
    const auto pair = ed25519();
    const InstanceSettings v1{.provider = "standard_webhooks",
                              .secrets = {{"v1", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}}};
    const InstanceSettings v1a{.provider = "standard_webhooks",
                               .secrets = {{"v1a", "whpk_" + base::toBase64(rawPublic(pair))}}};
    const SampleRequest request{.headers = {{"content-type", "application/json"}},
                                .body = R"({"type":"user.created","data":{"id":"1"}})"};
    expectSound(loaded.type, v1, request);
    expectSound(loaded.type, v1a, request, "whsk_" + base::toBase64(pair.seed));
}

TEST_F(Signing, AsymmetricProvidersTakeThePrivateKey) {
    const auto ed = ed25519();
    const auto raw = rawPublic(ed);
    std::string hex;
    for (const char c : raw) {
        const auto byte = static_cast<std::uint8_t>(c);
        hex += base::toHex({&byte, 1});
    }
    expectAllSound("discord", &ed, hex);
    const auto ec = p256();
    expectAllSound("sendgrid", &ec, base::toBase64(ec.public_der));
}

TEST_F(Signing, SaysHowToMakeAPairWhenThePrivateKeyIsNotThere) {
    const auto ed = ed25519();
    const auto other = p256();
    for (const auto& [provider, secret] :
         {std::pair<std::string, std::string>{"discord", std::string(64, 'a')},
          {"sendgrid", base::toBase64(other.public_der)}}) {
        const auto loaded = load(provider);
        const auto instance = make(loaded.type, {.provider = provider, .secrets = {{"k", secret}}});
        ASSERT_TRUE(instance);
        const auto without = simulate::signedRequest(*instance, {.body = "{}"}, {}, kNow);
        ASSERT_FALSE(without);
        EXPECT_NE(without.error().find("openssl genpkey"), std::string::npos) << without.error();
        const auto wrong = simulate::signedRequest(
            *instance, {.body = "{}"}, provider == "discord" ? other.private_pem : ed.private_pem,
            kNow);
        ASSERT_FALSE(wrong);
        EXPECT_NE(wrong.error().find("not a private key"), std::string::npos) << wrong.error();
    }
}

TEST_F(Signing, EveryPluginThatIsBuiltCanSign) {
    for (const auto& name : offline::providersOf(registry))
        EXPECT_NE(load(name).type.functions->sign, nullptr) << name;
}

} // namespace
} // namespace hookgate::plugin
