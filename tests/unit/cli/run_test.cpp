#include "core/cli/run.hpp"

#include "tests/support/written_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace hookgate::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using testing_support::TemporaryDirectory;
using testing_support::writeFile;

struct Outcome {
    int code = 0;
    std::string out;
    std::string err;
};

Outcome hookgate(const std::vector<std::string>& arguments) {
    const std::vector<std::string_view> views{arguments.begin(), arguments.end()};
    std::ostringstream out;
    std::ostringstream err;
    const int code = run(views, {out, err});
    return {code, out.str(), err.str()};
}

// A variable of this process, as it was before when the test ends.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_{name} {
        if (const char* before = std::getenv(name)) before_ = before;
        ::setenv(name, value.c_str(), 1);
    }

    ~Variable() {
        if (before_)
            ::setenv(name_, before_->c_str(), 1);
        else
            ::unsetenv(name_);
    }

    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

TEST(CommandLine, WithoutACommandShowsWhatThereIs) {
    const auto outcome = hookgate({});
    EXPECT_EQ(outcome.code, 64);
    EXPECT_EQ(outcome.out, "");
    for (const auto* command : {"serve", "migrate", "seed", "config", "plugins", "version"})
        EXPECT_THAT(outcome.err, HasSubstr(std::string{"\n  "} + command));
}

TEST(CommandLine, HelpIsAnAnswerAndNoError) {
    for (const auto* word : {"help", "--help", "-h"}) {
        const auto outcome = hookgate({word});
        EXPECT_EQ(outcome.code, 0);
        EXPECT_THAT(outcome.out, HasSubstr("usage: hookgate COMMAND"));
        EXPECT_EQ(outcome.err, "");
    }
}

TEST(CommandLine, EveryCommandHasHelpOfItsOwn) {
    for (const std::string command : {"serve", "migrate", "seed", "config", "plugins", "version"}) {
        const auto outcome = hookgate({command, "--help"});
        EXPECT_EQ(outcome.code, 0);
        EXPECT_THAT(outcome.out, StartsWith("usage: hookgate " + command));
        EXPECT_EQ(hookgate({"help", command}).out, outcome.out);
    }
}

TEST(CommandLine, AWordThatSeveralCommandsBeginWithListsThem) {
    const auto group = hookgate({"help", "plugins"});
    EXPECT_EQ(group.code, 0);
    EXPECT_THAT(group.out, AllOf(HasSubstr("\n  plugins list"), HasSubstr("\n  plugins check")));
    EXPECT_THAT(group.out, Not(HasSubstr("\n  serve")));
    EXPECT_THAT(hookgate({"plugins", "list", "--help"}).out,
                StartsWith("usage: hookgate plugins list"));
    EXPECT_EQ(hookgate({"help", "plugins", "list"}).out,
              hookgate({"plugins", "list", "--help"}).out);
    EXPECT_THAT(hookgate({"plugins"}).err, StartsWith("hookgate plugins: which action?"));
    EXPECT_THAT(hookgate({"plugins", "chekc"}).err,
                StartsWith("hookgate plugins: there is no action \"chekc\""));
    EXPECT_EQ(hookgate({"help", "plugins", "chekc"}).code, 64);
}

TEST(CommandLine, AWrongOneEndsWith64AndTheUsage) {
    EXPECT_THAT(hookgate({"serv"}).err, StartsWith("hookgate: there is no command \"serv\""));
    EXPECT_EQ(hookgate({"serv"}).code, 64);
    EXPECT_EQ(hookgate({"help", "serv"}).code, 64);
    const auto option = hookgate({"migrate", "--role", "all"});
    EXPECT_EQ(option.code, 64);
    EXPECT_EQ(option.err,
              "hookgate migrate: unknown option --role\nusage: hookgate migrate [--config FILE]\n");
    EXPECT_EQ(hookgate({"version", "please"}).code, 64);
    EXPECT_EQ(hookgate({"plugins"}).code, 64);
    EXPECT_EQ(hookgate({"plugins", "check"}).code, 64);
    EXPECT_EQ(hookgate({"plugins", "list", "more"}).code, 64);
}

TEST(CommandLine, VersionIsOneLine) {
    EXPECT_EQ(hookgate({"version"}).out, hookgate({"--version"}).out);
    EXPECT_THAT(hookgate({"version"}).out, ::testing::MatchesRegex("hookgate [0-9.]+\n"));
}

TEST(ConfigCommand, ShowsValuesSourcesAndNoSecret) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "hookgate.properties", "RETENTION_DAYS=7\n");
    const Variable port{"APP_PORT", "9123"};
    const Variable key{"MANAGEMENT_API_KEY", "a-key-that-nobody-may-see"};
    const auto outcome = hookgate({"config", "--config", file.string()});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, ::testing::ContainsRegex("APP_PORT +9123 +environment\n"));
    EXPECT_THAT(outcome.out, ::testing::ContainsRegex("RETENTION_DAYS +7 +file\n"));
    EXPECT_THAT(outcome.out, ::testing::ContainsRegex("APP_HOST +127.0.0.1 +default\n"));
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("********"), Not(HasSubstr("nobody-may-see"))));
}

TEST(ConfigCommand, EndsWith78AndEveryProblem) {
    const Variable port{"APP_PORT", "http"};
    const Variable level{"LOG_LEVEL", "loud"};
    for (const std::string command : {"config", "serve", "migrate", "seed"}) {
        const auto outcome = hookgate({command});
        EXPECT_EQ(outcome.code, 78) << command;
        EXPECT_THAT(outcome.err, StartsWith("hookgate: the configuration has 2 problems:\n"));
        EXPECT_THAT(outcome.err,
                    AllOf(HasSubstr("  APP_PORT: \"http\""), HasSubstr("  LOG_LEVEL: \"loud\"")));
    }
}

TEST(ServeCommand, KnowsThreeRoles) {
    EXPECT_EQ(hookgate({"serve", "--role", "both"}).code, 64);
}

TEST(SeedCommand, EndsWith78AndEveryProblemOfTheFile) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "integrations.json", R"([{"provider": "A"}])");
    const Variable integrations{"INTEGRATIONS_FILE", file.string()};
    const Variable database{"DATABASE_URL",
                            "sqlite:" + (directory.path() / "hookgate.db").string()};
    const auto outcome = hookgate({"seed"});
    EXPECT_EQ(outcome.code, 78);
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("hookgate: " + file.string() + ": entry 1: provider"),
                      HasSubstr("\n  " + file.string() + ": entry 1: callbackUrl is missing")));
}

TEST(SeedAndMigrateCommands, MayBeRepeated) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "integrations.json",
                                R"([{"provider": "acme", "callbackUrl": "http://127.0.0.1/",
                                     "secrets": [{"env": "NOWHERE", "development": "secret"}]}])");
    const Variable integrations{"INTEGRATIONS_FILE", file.string()};
    const Variable database{"DATABASE_URL",
                            "sqlite:" + (directory.path() / "hookgate.db").string()};
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(hookgate({"migrate"}).code, 0);
        const auto seeded = hookgate({"seed"});
        EXPECT_EQ(seeded.code, 0) << seeded.err;
        EXPECT_THAT(seeded.out, HasSubstr("acme"));
    }
}

TEST(PluginsCommand, ListsWhatIsThereAndWhatIsRefused) {
    const TemporaryDirectory directory;
    const Variable plugins{"PLUGINS_DIR", directory.path().string()};
    EXPECT_THAT(hookgate({"plugins", "list"}).out, StartsWith("no plugins in "));
    EXPECT_EQ(hookgate({"plugins", "list"}).code, 0);
    writeFile(directory, "text.so", "no plugin");
    const auto refused = hookgate({"plugins", "list"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.out, StartsWith("text.so  REFUSED: "));
}

TEST(PluginsCommand, ACheckThatDoesNotPassIsAFailure) {
    const TemporaryDirectory directory;
    const auto file = writeFile(directory, "text.so", "no plugin");
    EXPECT_EQ(hookgate({"plugins", "check", file.string()}).code, 1);
}

TEST(PluginsCheck, ListsWhatThereIsToFind) {
    const auto outcome = hookgate({"plugins", "check", "--list"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("verify.stale"), HasSubstr("process.crash")));
}

TEST(PluginsCheck, RefusesOptionsThatMeanNothing) {
    const std::vector<std::vector<std::string>> wrong{{"--only", "verify.no-such"},
                                                      {"--waive", "verify.stale,nothing"},
                                                      {"--format", "xml"},
                                                      {"--fuzz", "0"},
                                                      {"--seed", "12x"},
                                                      {"--reproduce", "0xg"},
                                                      {"--waivers", "/nowhere"}};
    for (const auto& options : wrong) {
        std::vector<std::string> arguments{"plugins", "check", "x.so"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const auto outcome = hookgate(arguments);
        EXPECT_EQ(outcome.code, 64) << options.front();
        EXPECT_THAT(outcome.err, Not(::testing::IsEmpty())) << options.front();
    }
}

TEST(PluginsCheck, TellsInEachFormatOfAFileThatIsNotThere) {
    const auto check = [](const std::string& format) {
        return hookgate({"plugins", "check", "/nowhere/x.so", "--format", format});
    };
    EXPECT_EQ(check("text").code, 1);
    EXPECT_THAT(check("text").out, StartsWith("FAIL static.refused: it cannot be read"));
    EXPECT_THAT(check("json").out, StartsWith(R"({"plugins":[{"file":"x.so","passed":false)"));
    EXPECT_THAT(check("junit").out, HasSubstr(R"(name="static.refused"><failure)"));
}

TEST(PluginsCheck, TellsOfAFileThatIsNotThereWhateverWasAskedFor) {
    EXPECT_EQ(hookgate({"plugins", "check", "/nowhere/x.so", "--only", "verify"}).code, 1);
}

TEST(PluginsCheck, WaivesWhatAFileNames) {
    const TemporaryDirectory directory;
    const auto waivers =
        writeFile(directory, "waivers", "# the file comes later\n static.refused # really\n\n");
    const auto outcome =
        hookgate({"plugins", "check", "/nowhere/x.so", "--waivers", waivers.string()});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("1 waived"));
}

} // namespace
} // namespace hookgate::cli
