#include "core/offline/chosen_integration.hpp"

#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hookgate::offline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using testing_support::TemporaryDirectory;
using testing_support::writeFile;

constexpr std::string_view kIntegrations = R"([
  {"provider": "acme", "name": "old", "active": false, "callbackUrl": "http://127.0.0.1/x",
   "secrets": [{"env": "OLD_SECRET"}]},
  {"provider": "acme", "name": "live", "callbackUrl": "http://127.0.0.1/x", "toleranceSeconds": 7,
   "secrets": [{"keyId": "new", "env": "NEW_SECRET"}, {"keyId": "was", "env": "OLD_SECRET"}]},
  {"provider": "shop", "name": "shop", "plugin": "acme", "callbackUrl": "http://127.0.0.1/x",
   "secrets": [{"env": "NOT_SET"}]}])";

class ChosenIntegrations : public ::testing::Test {
protected:
    ChosenIntegrations() {
        settings.app_env = config::Environment::Test;
        settings.integrations_file = writeFile(directory, "integrations.json", kIntegrations);
        settings.variables = {{"OLD_SECRET", "the-old-one"}, {"NEW_SECRET", "the-new-one"}};
    }

    std::string refusal(const Choice& choice) const {
        const auto chosen = chooseIntegration(settings, choice);
        return chosen ? "chosen" : chosen.error();
    }

    TemporaryDirectory directory;
    config::Settings settings;
};

TEST_F(ChosenIntegrations, TheActiveOneIsTakenWithItsSecretsAsServeResolvesThem) {
    const auto chosen = chooseIntegration(settings, {.provider = "acme"});
    ASSERT_TRUE(chosen) << chosen.error();
    EXPECT_EQ(chosen->record.name, "live");
    ASSERT_EQ(chosen->settings.secrets.size(), 2U);
    EXPECT_EQ(chosen->settings.secrets[0].key_id, "new");
    EXPECT_EQ(chosen->settings.secrets[0].bytes, "the-new-one");
    EXPECT_EQ(chosen->settings.tolerance, std::chrono::seconds{7});
}

TEST_F(ChosenIntegrations, AnotherIsTakenByItsName) {
    const auto chosen = chooseIntegration(settings, {.provider = "acme", .integration = "old"});
    ASSERT_TRUE(chosen) << chosen.error();
    EXPECT_EQ(chosen->settings.secrets.front().bytes, "the-old-one");
}

TEST_F(ChosenIntegrations, ASecretThatIsGivenTakesThePlaceOfThoseThatDoNotResolve) {
    EXPECT_THAT(refusal({.provider = "shop"}),
                HasSubstr("shop/shop: the environment variable NOT_SET"));
    const auto file = writeFile(directory, "secret", "from-a-file\n");
    const auto chosen =
        chooseIntegration(settings, {.provider = "shop", .secret = "file:" + file.string()});
    ASSERT_TRUE(chosen) << chosen.error();
    EXPECT_EQ(chosen->settings.provider, "acme");
    EXPECT_EQ(chosen->settings.alias, "shop");
    ASSERT_EQ(chosen->settings.secrets.size(), 1U);
    EXPECT_EQ(chosen->settings.secrets.front().bytes, "from-a-file");
}

TEST_F(ChosenIntegrations, AProviderWithoutAnIntegrationNeedsASecret) {
    EXPECT_THAT(refusal({.provider = "stripe"}), HasSubstr("it has acme and shop"));
    const auto chosen =
        chooseIntegration(settings, {.provider = "stripe", .secret = "env:NEW_SECRET"});
    ASSERT_TRUE(chosen) << chosen.error();
    EXPECT_EQ(chosen->settings.provider, "stripe");
    EXPECT_EQ(chosen->settings.settings_json, "{}");
}

TEST_F(ChosenIntegrations, ASecretItselfIsNoPlaceAndIsNotRepeated) {
    const auto why = refusal({.provider = "acme", .secret = "the-new-one"});
    EXPECT_THAT(why, HasSubstr("env:NAME or file:PATH"));
    EXPECT_THAT(why, Not(HasSubstr("the-new-one")));
    EXPECT_THAT(refusal({.provider = "acme", .secret = "env:"}), HasSubstr("env:NAME"));
}

TEST_F(ChosenIntegrations, AnUnknownNameIsRefusedWithTheOnesThereAre) {
    EXPECT_THAT(refusal({.provider = "acme", .integration = "lives"}),
                HasSubstr("of acme named lives (did you mean live?); it has old and live"));
    EXPECT_THAT(refusal({.provider = "acmee"}), HasSubstr("did you mean acme?"));
}

} // namespace
} // namespace hookgate::offline
