#include "core/integrations/value_resolver.hpp"

#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::integrations {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using testing_support::TemporaryDirectory;
using testing_support::writeFile;

config::Settings settings(config::Environment environment, config::Variables variables = {}) {
    config::Settings settings;
    settings.app_env = environment;
    settings.app_port = 9123;
    settings.variables = std::move(variables);
    return settings;
}

domain::ValueReference variable(std::string development = {}) {
    return {.env = "ACME_WEBHOOK_SECRET",
            .development = std::move(development),
            .file = {},
            .literal = {}};
}

domain::ValueReference file(const std::filesystem::path& path) {
    return {.env = {}, .development = {}, .file = path.string(), .literal = {}};
}

TEST(ValueResolver, TakesTheVariableBeforeItsDevelopmentValue) {
    const auto given =
        settings(config::Environment::Development, {{"ACME_WEBHOOK_SECRET", "mine"}});
    EXPECT_EQ(*ValueResolver{given}.secret(variable("demo")), "mine");
}

TEST(ValueResolver, FallsBackToTheDevelopmentValueOutsideProduction) {
    for (const auto environment : {config::Environment::Development, config::Environment::Test}) {
        const auto given = settings(environment);
        EXPECT_EQ(*ValueResolver{given}.secret(variable("demo")), "demo");
        const auto none = ValueResolver{given}.secret(variable());
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error(), "the environment variable ACME_WEBHOOK_SECRET is not set");
    }
}

TEST(ValueResolver, TheDemoCallbackFollowsThePort) {
    const auto given = settings(config::Environment::Development);
    EXPECT_EQ(*ValueResolver{given}.url(variable("http://127.0.0.1:${APP_PORT}/sink?${APP_PORT}")),
              "http://127.0.0.1:9123/sink?9123");
}

TEST(ValueResolver, ProductionNeedsTheVariable) {
    const auto given = settings(config::Environment::Production);
    EXPECT_FALSE(ValueResolver{given}.secret(variable("demo")));
    EXPECT_FALSE(ValueResolver{given}.url(variable("http://127.0.0.1/")));
}

TEST(ValueResolver, ProductionRefusesTheDevelopmentSecret) {
    const auto given = settings(config::Environment::Production, {{"ACME_WEBHOOK_SECRET", "demo"}});
    const auto refused = ValueResolver{given}.secret(variable("demo"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("made for development"));
    EXPECT_THAT(refused.error(), Not(HasSubstr("demo")));
    EXPECT_EQ(*ValueResolver{given}.secret(variable("other")), "demo");
}

TEST(ValueResolver, ReadsAFileWithoutItsLastNewline) {
    const TemporaryDirectory directory;
    const auto given = settings(config::Environment::Production);
    const ValueResolver resolver{given};
    EXPECT_EQ(*resolver.secret(file(writeFile(directory, "a", "s3cret\n"))), "s3cret");
    EXPECT_EQ(*resolver.secret(file(writeFile(directory, "b", "s3cret\n\n"))), "s3cret\n");
    EXPECT_EQ(*resolver.secret(file(writeFile(directory, "c", "s3cret\r\n"))), "s3cret");
    EXPECT_EQ(*resolver.secret(file(writeFile(directory, "d", "s3cret"))), "s3cret");
    EXPECT_EQ(*resolver.url(file(writeFile(directory, "e", "http://app/\n"))), "http://app/");
}

TEST(ValueResolver, ASecretFileHasContentAndALimit) {
    const TemporaryDirectory directory;
    const auto given = settings(config::Environment::Development);
    const ValueResolver resolver{given};
    EXPECT_THAT(resolver.secret(file(writeFile(directory, "a", "\n"))).error(),
                HasSubstr("is empty"));
    EXPECT_THAT(resolver.secret(file(writeFile(directory, "b", std::string(65'537, 'x')))).error(),
                HasSubstr("is larger than 65536 bytes"));
    EXPECT_THAT(resolver.secret(file(directory.path() / "nowhere")).error(),
                HasSubstr("No such file"));
}

TEST(ValueResolver, ProductionRefusesASecretFileThatEverybodyCanRead) {
    const TemporaryDirectory directory;
    const auto path = writeFile(directory, "secret", "s3cret");
    std::filesystem::permissions(path, std::filesystem::perms{0644});
    const auto production = settings(config::Environment::Production);
    EXPECT_THAT(ValueResolver{production}.secret(file(path)).error(), HasSubstr("chmod o-rwx"));
    const auto development = settings(config::Environment::Development);
    EXPECT_EQ(*ValueResolver{development}.secret(file(path)), "s3cret");
}

TEST(ValueResolver, TakesALiteralUrlAsItIs) {
    const auto given = settings(config::Environment::Production);
    const domain::ValueReference literal{{}, {}, {}, "http://app/${APP_PORT}"};
    EXPECT_EQ(*ValueResolver{given}.url(literal), "http://app/${APP_PORT}");
}

} // namespace
} // namespace hookgate::integrations
