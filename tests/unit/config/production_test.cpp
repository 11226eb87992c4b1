#include "core/config/load.hpp"
#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::config {
namespace {

using ::testing::HasSubstr;
using testing_support::TemporaryDirectory;
using testing_support::writeFile;

constexpr auto kGoodKey = "0123456789abcdef";

// "key: text" of the only problem; empty when there is none.
std::string onlyProblem(const Variables& environment, const std::filesystem::path& file = {}) {
    const auto result = load(environment, file);
    if (result) return {};
    EXPECT_EQ(result.error().size(), 1U);
    return result.error().front().key + ": " + result.error().front().text;
}

TEST(Production, StartsWithAKeyOfItsOwn) {
    EXPECT_EQ(onlyProblem({{"APP_ENV", "production"}, {"MANAGEMENT_API_KEY", kGoodKey}}), "");
}

TEST(Production, RefusesToRunWithoutAManagementKey) {
    EXPECT_THAT(onlyProblem({{"APP_ENV", "production"}}),
                HasSubstr("MANAGEMENT_API_KEY: is not set"));
}

TEST(Production, RefusesAShortManagementKey) {
    EXPECT_THAT(onlyProblem({{"APP_ENV", "production"}, {"MANAGEMENT_API_KEY", "0123456789abcde"}}),
                HasSubstr("shorter than 16 characters"));
}

TEST(Production, RefusesTheKeyOfTheDocumentation) {
    EXPECT_THAT(onlyProblem({{"APP_ENV", "production"},
                             {"MANAGEMENT_API_KEY", "local-internal-management-key"}}),
                HasSubstr("everybody knows"));
}

TEST(Production, RefusesAConfigurationFileWithSecretsThatEverybodyCanRead) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "hookgate.properties",
                                std::string{"MANAGEMENT_API_KEY="} + kGoodKey + "\n");
    std::filesystem::permissions(file, std::filesystem::perms{0644});
    EXPECT_THAT(onlyProblem({{"APP_ENV", "production"}}, file),
                HasSubstr("holds a secret (MANAGEMENT_API_KEY) and can be read by everybody"));
    EXPECT_EQ(onlyProblem({{"APP_ENV", "test"}}, file), "");
    std::filesystem::permissions(file, std::filesystem::perms{0640});
    EXPECT_EQ(onlyProblem({{"APP_ENV", "production"}}, file), "");
}

TEST(Production, RefusesAReadablePasswordInAUrl) {
    const TemporaryDirectory directory;
    const auto file =
        writeFile(directory, "hookgate.properties", "DATABASE_URL=postgresql://me:hidden@db/x\n");
    std::filesystem::permissions(file, std::filesystem::perms{0644});
    const auto problem =
        onlyProblem({{"APP_ENV", "production"}, {"MANAGEMENT_API_KEY", kGoodKey}}, file);
    EXPECT_THAT(problem, HasSubstr("holds a secret (DATABASE_URL)"));
    EXPECT_THAT(problem, ::testing::Not(HasSubstr("hidden")));
}

TEST(Production, MayReadAFileWithoutSecretsThatEverybodyCanRead) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "hookgate.properties", "APP_PORT=9000\n");
    std::filesystem::permissions(file, std::filesystem::perms{0644});
    EXPECT_EQ(onlyProblem({{"APP_ENV", "production"}, {"MANAGEMENT_API_KEY", kGoodKey}}, file), "");
}

TEST(Environments, OnlyDevelopmentHasAKeyByDefault) {
    const auto settings = load({{"APP_ENV", "test"}}, {});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->settings.management_api_key, "");
}

TEST(Environments, AnUnknownOneIsTheOnlyProblem) {
    EXPECT_THAT(onlyProblem({{"APP_ENV", "prod"}}),
                HasSubstr("APP_ENV: \"prod\" is none of development, test, production"));
}

} // namespace
} // namespace hookgate::config
