#include "core/integrations/integrations_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::integrations {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<domain::Integration> parsed(std::string_view text) {
    auto result = parseIntegrations(text, "file.json");
    if (result) return std::move(*result);
    for (const auto& problem : result.error())
        ADD_FAILURE() << problem;
    return {};
}

Problems problems(std::string_view text) {
    auto result = parseIntegrations(text, "file.json");
    return result ? Problems{} : std::move(result.error());
}

TEST(IntegrationsFile, ReadsEveryKey) {
    const auto list = parsed(R"([{"provider": "acme", "name": "acme eu",
        "callbackUrl": {"env": "ACME_CALLBACK_URL", "development": "http://127.0.0.1:${APP_PORT}/x"},
        "secrets": [{"env": "ACME_NEW", "development": "new", "keyId": "2026"}, {"file": "/run/acme"}],
        "active": false, "settings": {"region": "eu", "limits": [1, 2.50]}}])");
    ASSERT_EQ(list.size(), 1U);
    const auto& acme = list.front();
    EXPECT_EQ(acme.provider, "acme");
    EXPECT_EQ(acme.name, "acme eu");
    EXPECT_EQ(
        acme.callback_url,
        (domain::ValueReference{"ACME_CALLBACK_URL", "http://127.0.0.1:${APP_PORT}/x", "", ""}));
    EXPECT_THAT(acme.secrets,
                ElementsAre(domain::SecretReference{"2026", {"ACME_NEW", "new", "", ""}},
                            domain::SecretReference{"", {"", "", "/run/acme", ""}}));
    EXPECT_FALSE(acme.active);
    EXPECT_EQ(acme.settings_json, R"({"region":"eu","limits":[1,2.5]})");
}

TEST(IntegrationsFile, FillsWhatIsLeftOut) {
    const auto list = parsed(R"([{"provider": "acme", "callbackUrl": "http://app/hooks"}])");
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].name, "acme");
    EXPECT_EQ(list[0].callback_url.literal, "http://app/hooks");
    EXPECT_TRUE(list[0].active);
    EXPECT_EQ(list[0].settings_json, "{}");
    EXPECT_TRUE(list[0].secrets.empty());
    EXPECT_TRUE(parsed("[]").empty());
}

TEST(IntegrationsFile, ReadsThePublicUrlAndTheTolerance) {
    const auto list = parsed(R"([{"provider": "acme", "callbackUrl": "http://app/hooks",
        "publicUrl": "https://hooks.example/acme", "toleranceSeconds": 60, "plugin": "generic"}])");
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].public_url, "https://hooks.example/acme");
    EXPECT_EQ(list[0].tolerance_s, 60);
    EXPECT_EQ(list[0].plugin, "generic");
    for (const auto* const wrong :
         {R"("publicUrl": "hooks.example")", R"("publicUrl": "https://a/?b=c")",
          R"("publicUrl": "https://a/ b")", R"("toleranceSeconds": -1)",
          R"("toleranceSeconds": 1.5)", R"("toleranceSeconds": 604801)"})
        EXPECT_THAT(problems(R"([{"provider": "acme", "callbackUrl": "http://a", )" +
                             std::string{wrong} + "}]"),
                    testing::SizeIs(1))
            << wrong;
}

TEST(IntegrationsFile, AllowsComments) {
    EXPECT_EQ(parsed("// all of them\n[/* none */]").size(), 0U);
}

TEST(IntegrationsFile, ReportsEveryProblemWithFileEntryAndKey) {
    EXPECT_THAT(
        problems(R"([
            {"provider": "Acme", "callbackUrl": 7, "secret": "x"},
            {"callbackUrl": {"env": "A B", "file": "/x"}},
            {"provider": "globex", "callbackUrl": {"file": "relative"},
             "secrets": ["plain", {"development": "x"}, {"env": "S", "value": "x"}], "active": 1}])"),
        UnorderedElementsAre(
            "file.json: entry 1: unknown key \"secret\"; known are provider, name, callbackUrl, "
            "secrets, "
            "active, settings, plugin, publicUrl, toleranceSeconds",
            "file.json: entry 1: provider \"Acme\" is not of the form [a-z0-9][a-z0-9_-]{0,62}",
            "file.json: entry 1: callbackUrl has to be a text that is not empty",
            "file.json: entry 2: provider is missing: the word in the URL, as the plugin declares "
            "it",
            "file.json: entry 2: callbackUrl: has to have either \"env\" or \"file\"",
            "file.json: entry 2: callbackUrl: env \"A B\" is no name of an environment variable",
            "file.json: entry 3 (globex): callbackUrl: file \"relative\" has to be an absolute "
            "path",
            "file.json: entry 3 (globex): secrets[0] has to be {\"env\": \"NAME\"} or {\"file\": "
            "\"/path\"}; a secret itself is never written here",
            "file.json: entry 3 (globex): secrets[1]: has to have either \"env\" or \"file\"",
            "file.json: entry 3 (globex): secrets[1]: \"development\" goes with \"env\" only",
            "file.json: entry 3 (globex): secrets[2]: unknown key \"value\"; known are env, "
            "development, "
            "file, keyId",
            "file.json: entry 3 (globex): active has to be true or false"));
}

TEST(IntegrationsFile, OneProviderIsActiveOnce) {
    EXPECT_THAT(problems(R"([{"provider": "acme", "name": "a", "callbackUrl": "http://a"},
                             {"provider": "acme", "name": "b", "callbackUrl": "http://b"}])"),
                ElementsAre(HasSubstr("entry 2: provider \"acme\" is active in entry 1 already")));
    EXPECT_EQ(parsed(R"([{"provider": "acme", "name": "a", "callbackUrl": "http://a"},
                         {"provider": "acme", "name": "b", "callbackUrl": "http://b", "active": false}])")
                  .size(),
              2U);
}

TEST(IntegrationsFile, NamesAreTakenOncePerProvider) {
    EXPECT_THAT(problems(R"([{"provider": "acme", "callbackUrl": "http://a"},
                             {"provider": "acme", "callbackUrl": "http://b", "active": false}])"),
                ElementsAre(HasSubstr(
                    "entry 2: provider \"acme\" has a second integration named \"acme\"")));
}

TEST(IntegrationsFile, RefusesWhatIsNoListOfObjects) {
    EXPECT_THAT(problems("{}"), ElementsAre(HasSubstr("has to be a list of integrations")));
    EXPECT_THAT(problems("[1]"), ElementsAre("file.json: entry 1: has to be an object"));
    EXPECT_THAT(problems("[{]"),
                ElementsAre(HasSubstr("file.json: is no JSON: parse error at line 1")));
    EXPECT_THAT(problems(""), ElementsAre(HasSubstr("is no JSON")));
}

TEST(IntegrationsFile, RefusesAKeyThatIsThereTwice) {
    EXPECT_THAT(problems(R"([{"provider": "acme", "provider": "globex"}])"),
                ElementsAre("file.json: has the key \"provider\" twice in one object"));
}

TEST(IntegrationsFile, RefusesDeepNestingWithoutEndingTheStack) {
    EXPECT_THAT(problems(std::string(200'000, '[')),
                ElementsAre("file.json: is nested deeper than 32 levels"));
}

TEST(IntegrationsFile, SaysWhichFileIsMissing) {
    const auto result = readIntegrations("/nowhere/integrations.json");
    ASSERT_FALSE(result);
    EXPECT_THAT(
        result.error(),
        ElementsAre(HasSubstr("INTEGRATIONS_FILE /nowhere/integrations.json cannot be read")));
}

TEST(IntegrationsFile, TheOneThatIsShippedSeedsBothDemoProviders) {
    const auto result = readIntegrations(INTEGRATIONS_FILE);
    ASSERT_TRUE(result) << result.error().front();
    ASSERT_EQ(result->size(), 2U);
    EXPECT_EQ((*result)[0].callback_url.env, "ACME_CALLBACK_URL");
    EXPECT_EQ((*result)[1].secrets.at(0).value.env, "GLOBEX_WEBHOOK_SECRET");
}

TEST(IntegrationsFile, TheAnnotatedExampleIsValid) {
    const auto result = readIntegrations(EXAMPLE_FILE);
    ASSERT_TRUE(result) << result.error().front();
    EXPECT_GE(result->size(), 2U);
}

} // namespace
} // namespace hookgate::integrations
