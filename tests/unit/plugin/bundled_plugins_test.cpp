#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/base/time_text.hpp"
#include "core/plugin/registry.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hookgate::plugin {
namespace {

constexpr std::string_view kSecret = "the-newest-secret";
constexpr std::string_view kOldSecret = "the-one-before-it";

class BundledPlugins : public ::testing::Test {
protected:
    std::shared_ptr<const Provider> make(const std::string& provider) const {
        auto made = registry.create(
            {.provider = provider,
             .integration = "test",
             .secrets = {{"new", std::string{kSecret}}, {"old", std::string{kOldSecret}}}});
        return made ? *made : nullptr;
    }

    // What acme's provider says of a body, signed or not.
    static base::Result<Verdict, CallError> acmeVerdict(const Provider& acme, std::string_view body,
                                                        std::string_view signature) {
        const std::vector<HeaderView> headers{{"x-acme-signature", signature}};
        return acme.verify({.headers = headers, .method = "POST", .body = body});
    }

    static std::string signatureOf(std::string_view body, std::string_view secret) {
        return base::toHex(base::hmacSha256(secret, body));
    }

    RecordingLog log;
    base::SystemClock clock;
    Registry registry{{.directory = HG_PLUGINS_DIR}, inProcessInstances(log, clock)};
};

TEST_F(BundledPlugins, AcmeTriesEverySecretAndNamesTheOneThatMatched) {
    const auto acme = make("acme");
    const std::string_view body = "{}";
    EXPECT_EQ(acmeVerdict(*acme, body, signatureOf(body, kSecret))->key_id, "new");
    EXPECT_EQ(acmeVerdict(*acme, body, signatureOf(body, kOldSecret))->key_id, "old");
    EXPECT_EQ(acmeVerdict(*acme, body, signatureOf(body, "other"))->decision, Decision::Reject);
}

TEST_F(BundledPlugins, AcmeTakesHexOfEitherCaseAndNothingElse) {
    const auto acme = make("acme");
    const std::string_view body = "{\"a\":1}";
    auto signature = signatureOf(body, kSecret);
    const auto decision = [&](std::string_view text) {
        return acmeVerdict(*acme, body, text)->decision;
    };
    std::string upper = signature;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    EXPECT_EQ(decision(upper), Decision::Accept);
    EXPECT_EQ(decision(signature + "0"), Decision::Reject);
    EXPECT_EQ(decision("sha256=" + signature), Decision::Reject);
    EXPECT_EQ(decision(signature.substr(0, 32)), Decision::Reject);
    EXPECT_EQ(decision(std::string(64, 'g')), Decision::Reject);
    EXPECT_EQ(decision(std::string(100'000, '0')), Decision::Reject);
}

TEST_F(BundledPlugins, AcmeKeepsEveryByteOfDataAndOfStrings) {
    const auto acme = make("acme");
    constexpr std::string_view kBody =
        "{\"eventId\":\"e\\u0031\",\"eventType\":\"a\\/"
        "b\",\"occurredAt\":\"2026-01-01T02:00:00+02:00\","
        "\"data\":{ \"z\":1,\"a\":12345678901234567890 ,\"p\":1.10,\"p2\":1e0, \"s\":\"\\ud83d\"}}";
    const auto events = acme->normalize({.headers = {}, .body = kBody});
    ASSERT_TRUE(events) << events.error().explanation;
    const auto& event = events->front();
    EXPECT_EQ(event.external_id, "e1");
    EXPECT_EQ(event.type, "a/b");
    EXPECT_EQ(event.subject, "");
    EXPECT_EQ(base::toRfc3339(event.occurred_at), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(event.payload,
              "{\"provider\":\"acme\",\"eventType\":\"a\\/b\",\"externalEventId\":\"e\\u0031\","
              "\"data\":{ \"z\":1,\"a\":12345678901234567890 ,\"p\":1.10,\"p2\":1e0, "
              "\"s\":\"\\ud83d\"}}");
}

TEST_F(BundledPlugins, GlobexComparesTheTokenAndDeclaresItSecret) {
    const auto globex = make("globex");
    const auto decision = [&](std::vector<HeaderView> headers) {
        return globex->verify({.headers = headers, .method = "POST", .body = "{}"})->decision;
    };
    EXPECT_EQ(decision({{"x-globex-token", kSecret}}), Decision::Accept);
    EXPECT_EQ(decision({{"x-globex-token", kOldSecret}}), Decision::Accept);
    EXPECT_EQ(decision({{"x-globex-token", kSecret.substr(1)}}), Decision::Reject);
    EXPECT_EQ(decision({}), Decision::Reject);
    EXPECT_EQ(decision({{"x-globex-token", kSecret}, {"x-globex-token", kSecret}}),
              Decision::Reject);
    EXPECT_TRUE(globex->isSecretHeader("x-globex-token"));
    EXPECT_FALSE(globex->isSecretHeader("content-type"));
}

TEST_F(BundledPlugins, NeitherAcceptsAnIntegrationWithoutASecret) {
    for (const auto* const provider : {"acme", "globex"}) {
        const auto made = registry.create({.provider = provider, .integration = "x"});
        ASSERT_FALSE(made);
        EXPECT_NE(made.error().find("needs the"), std::string::npos);
    }
}

} // namespace
} // namespace hookgate::plugin
