#include "core/config/load.hpp"

#include "core/config/file_access.hpp"
#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

using testing_support::TemporaryDirectory;
using testing_support::writeFile;

Loaded loaded(const Variables& environment, const std::filesystem::path& file = {}) {
    auto result = load(environment, file);
    if (!result) {
        for (const auto& problem : result.error())
            ADD_FAILURE() << problem.key << ": " << problem.text;
        return {};
    }
    return std::move(*result);
}

std::vector<Problem> problems(const Variables& environment,
                              const std::filesystem::path& file = {}) {
    auto result = load(environment, file);
    return result ? std::vector<Problem>{} : std::move(result.error());
}

auto isProblem(const std::string& key, const std::string& text) {
    return AllOf(Field(&Problem::key, key), Field(&Problem::text, HasSubstr(text)));
}

const Entry& entry(const Loaded& loaded, std::string_view key) {
    for (const auto& entry : loaded.entries)
        if (entry.key == key) return entry;
    throw std::out_of_range{std::string{key}};
}

TEST(Configuration, DefaultsAreThoseOfTheDocumentation) {
    const auto settings = loaded({}).settings;
    EXPECT_EQ(settings.app_env, Environment::Development);
    EXPECT_EQ(settings.app_host, "127.0.0.1");
    EXPECT_EQ(settings.app_port, 8080);
    EXPECT_EQ(settings.database_url, "sqlite:data/hookgate.db");
    EXPECT_EQ(settings.integrations_file, "config/integrations.json");
    EXPECT_EQ(settings.management_api_key, "local-internal-management-key");
    EXPECT_EQ(settings.webhook_rate_limit_per_minute, 6000);
    EXPECT_EQ(settings.max_processing_retries, 20);
    EXPECT_EQ(settings.delivery_timeout, std::chrono::seconds{15});
    EXPECT_EQ(settings.retention_days, 90);
    EXPECT_EQ(settings.log_level, base::LogLevel::Information);
}

TEST(Configuration, PluginsLieBesideTheDirectoryOfTheExecutable) {
    const auto executable = std::filesystem::read_symlink("/proc/self/exe");
    EXPECT_EQ(loaded({}).settings.plugins_dir, executable.parent_path().parent_path() / "plugins");
}

TEST(Configuration, EnvironmentWinsOverFileWinsOverDefault) {
    const TemporaryDirectory directory;
    const auto file =
        writeFile(directory, "hookgate.properties", "APP_PORT=9001\nRETENTION_DAYS = 7\n");
    const auto both = loaded({{"APP_PORT", "9002"}}, file);
    EXPECT_EQ(both.settings.app_port, 9002);
    EXPECT_EQ(both.settings.retention_days, 7);
    EXPECT_EQ(entry(both, "APP_PORT").source, Source::Environment);
    EXPECT_EQ(entry(both, "RETENTION_DAYS").source, Source::File);
    EXPECT_EQ(entry(both, "APP_HOST").source, Source::Default);
}

TEST(Configuration, EmptyValuesCountAsUnset) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "hookgate.properties", "APP_PORT=9001\nAPP_HOST=\n");
    const auto settings = loaded({{"APP_PORT", ""}, {"DATABASE_URL", "  "}}, file).settings;
    EXPECT_EQ(settings.app_port, 9001);
    EXPECT_EQ(settings.app_host, "127.0.0.1");
    EXPECT_EQ(settings.database_url, "sqlite:data/hookgate.db");
}

TEST(Configuration, FileValuesAreTakenLiterally) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "hookgate.properties",
                                "# a comment\nMANAGEMENT_API_KEY=a${APP_HOST}key-of-32-bytes\n");
    EXPECT_EQ(loaded({}, file).settings.management_api_key, "a${APP_HOST}key-of-32-bytes");
}

TEST(Configuration, ReportsEveryProblemAtOnce) {
    const TemporaryDirectory directory;
    const auto file =
        writeFile(directory, "hookgate.properties", "DELIVERY_TIMEOUT_MS=99\nAPP_PROT=1\n");
    EXPECT_THAT(
        problems({{"APP_PORT", "65536"},
                  {"WEBHOOK_RATE_LIMIT_PER_MINUTE", "1000000001"},
                  {"TRUSTED_PROXIES", "10.0.0.0/8, somewhere"},
                  {"LOG_LEVEL", "loud"},
                  {"DATABASE_URL", "mysql://db"}},
                 file),
        ::testing::UnorderedElementsAre(
            isProblem("APP_PORT",
                      "\"65536\" is no whole number from 0 to 65535 (from the environment)"),
            isProblem("WEBHOOK_RATE_LIMIT_PER_MINUTE", "from 0 to 1000000000"),
            isProblem("TRUSTED_PROXIES", "\"somewhere\", which is no network"),
            isProblem("LOG_LEVEL",
                      "fatal, critical, error, warning, notice, information, debug, trace"),
            isProblem("DATABASE_URL", "is no database; write sqlite:PATH"),
            isProblem("DELIVERY_TIMEOUT_MS", "\"99\" is no whole number from 100"),
            isProblem(file.string(), "unknown key \"APP_PROT\"; did you mean APP_PORT?")));
}

TEST(Configuration, RefusesWhatIsNearlyANumber) {
    for (const auto* text :
         {"8080 ", " 8080x", "0x1F90", "8080.0", "-1", "+80", "99999999999999999999"})
        EXPECT_THAT(problems({{"APP_PORT", text}}),
                    ElementsAre(isProblem("APP_PORT", "whole number")))
            << text;
}

TEST(Configuration, AcceptsTheEndsOfEachRange) {
    const auto settings = loaded({{"WEBHOOK_RATE_LIMIT_PER_MINUTE", "1000000000"},
                                  {"DELIVERY_TIMEOUT_MS", "100"},
                                  {"RETRY_BASE_DELAY_MS", "1"},
                                  {"APP_PORT", "65535"}})
                              .settings;
    EXPECT_EQ(settings.webhook_rate_limit_per_minute, 1'000'000'000);
    EXPECT_EQ(settings.delivery_timeout.count(), 100);
    EXPECT_EQ(settings.retry_base_delay.count(), 1);
    EXPECT_EQ(settings.app_port, 65535);
    EXPECT_EQ(
        loaded({{"WEBHOOK_RATE_LIMIT_PER_MINUTE", "0"}}).settings.webhook_rate_limit_per_minute, 0);
}

TEST(Configuration, ReadsListsOfNetworks) {
    const auto settings =
        loaded({{"TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32 ,192.0.2.1"}}).settings;
    EXPECT_THAT(settings.trusted_proxies, ElementsAre("10.0.0.0/8", "2001:db8::/32", "192.0.2.1"));
    EXPECT_THAT(problems({{"CALLBACK_ALLOWED_NETWORKS", "10.0.0.0/33"}}), SizeIs(1));
    EXPECT_THAT(problems({{"CALLBACK_ALLOWED_NETWORKS", "10.0.0.0/8,"}}), SizeIs(1));
}

TEST(Configuration, ReadsTheManagementAddress) {
    const auto settings = loaded({{"MANAGEMENT_ADDRESS", "[::1]:9090"}}).settings;
    EXPECT_EQ(settings.management_host, "::1");
    EXPECT_EQ(settings.management_port, 9090);
    for (const auto* text : {"9090", "localhost", "::1:9090", ":9090", "host:port", "host:70000"})
        EXPECT_THAT(problems({{"MANAGEMENT_ADDRESS", text}}),
                    ElementsAre(isProblem("MANAGEMENT_ADDRESS", "host:port")))
            << text;
}

TEST(Configuration, RefusesValuesThatContradictEachOther) {
    EXPECT_THAT(problems({{"RETRY_BASE_DELAY_MS", "500"}, {"RETRY_MAX_DELAY_MS", "499"}}),
                ElementsAre(isProblem("RETRY_MAX_DELAY_MS", "RETRY_BASE_DELAY_MS")));
    EXPECT_THAT(problems({{"MAX_BODY_BYTES", "2000"}, {"MAX_BUFFERED_BYTES", "1999"}}),
                ElementsAre(isProblem("MAX_BUFFERED_BYTES", "MAX_BODY_BYTES")));
    EXPECT_THAT(problems({{"MANAGEMENT_ADDRESS", "127.0.0.1:8080"}}),
                ElementsAre(isProblem("MANAGEMENT_ADDRESS", "another port")));
}

TEST(Configuration, AnUnreadableKeyIsNotAlsoAContradiction) {
    EXPECT_THAT(problems({{"RETRY_BASE_DELAY_MS", "soon"}, {"RETRY_MAX_DELAY_MS", "10"}}),
                ElementsAre(isProblem("RETRY_BASE_DELAY_MS", "whole number")));
}

TEST(Configuration, AMissingFileIsAProblem) {
    EXPECT_THAT(problems({}, "/nowhere/hookgate.properties"),
                ElementsAre(isProblem("/nowhere/hookgate.properties", "No such file")));
}

TEST(Configuration, AKeyFarFromAllOthersGetsNoSuggestion) {
    const TemporaryDirectory directory;
    const auto file =
        writeFile(directory, "hookgate.properties", "colour=blue\ndelivery.timeout-ms=500\n");
    EXPECT_THAT(problems({}, file),
                ::testing::UnorderedElementsAre(
                    isProblem(file.string(), "\"colour\"; remove it"),
                    isProblem(file.string(), "did you mean DELIVERY_TIMEOUT_MS?")));
}

TEST(Configuration, TheAnnotatedExampleNamesEveryKeyWithItsDefault) {
    const auto example = loaded({}, EXAMPLE_FILE);
    const auto plain = loaded({});
    const auto text = *readFile(EXAMPLE_FILE, 100'000);
    for (const auto& expected : plain.entries) {
        EXPECT_EQ(entry(example, expected.key).value, expected.value) << expected.key;
        EXPECT_THAT(text, HasSubstr("\n" + expected.key + "="));
    }
}

TEST(Configuration, IgnoresVariablesOfOthers) {
    EXPECT_EQ(loaded({{"APP_PROT", "1"}, {"PATH", "/bin"}}).settings.app_port, 8080);
}

TEST(Configuration, MasksSecretsInWhatIsShown) {
    const auto shown =
        loaded({{"MANAGEMENT_API_KEY", "a-key-that-nobody-may-see"},
                {"DATABASE_URL", "postgresql://me:hidden@db:5432/hooks?password=buried"},
                {"REDIS_URL", "redis://:covered@cache:6379/1"}});
    EXPECT_EQ(entry(shown, "MANAGEMENT_API_KEY").value, "********");
    EXPECT_EQ(entry(shown, "DATABASE_URL").value,
              "postgresql://me:********@db:5432/hooks?password=********");
    EXPECT_EQ(entry(shown, "REDIS_URL").value, "redis://:********@cache:6379/1");
    EXPECT_EQ(shown.settings.database_url, "postgresql://me:hidden@db:5432/hooks?password=buried");
}

TEST(Configuration, NamesNoSecretInAProblem) {
    const auto found = problems(
        {{"MANAGEMENT_API_KEY", "secret key"}, {"REDIS_URL", "redis://:covered@cache:port"}});
    ASSERT_THAT(found, SizeIs(2));
    for (const auto& problem : found) {
        EXPECT_THAT(problem.text, Not(HasSubstr("secret key")));
        EXPECT_THAT(problem.text, Not(HasSubstr("covered")));
    }
}

TEST(Configuration, CarriesWhatIntegrationsReferTo) {
    const TemporaryDirectory directory;
    const auto file =
        writeFile(directory, "hookgate.properties",
                  "ACME_WEBHOOK_SECRET=of-file\nGLOBEX_CALLBACK_URL=http://app/hooks\n");
    const auto variables =
        loaded({{"ACME_WEBHOOK_SECRET", "of-environment"}, {"OTHER", "1"}, {"UNSET", ""}}, file)
            .settings.variables;
    EXPECT_EQ(variables.at("ACME_WEBHOOK_SECRET"), "of-environment");
    EXPECT_EQ(variables.at("GLOBEX_CALLBACK_URL"), "http://app/hooks");
    EXPECT_EQ(variables.at("OTHER"), "1");
    EXPECT_FALSE(variables.contains("UNSET"));
}

} // namespace
} // namespace hookgate::config
