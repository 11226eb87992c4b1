#include "core/cli/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hookgate::cli {
namespace {

constexpr std::array<std::string_view, 2> kOptions{"--role", "--config"};
constexpr std::array<std::string_view, 1> kFlags{"--dry-run"};

base::Result<Arguments, std::string> parse(std::vector<std::string_view> arguments,
                                           std::size_t operands_max = 2) {
    return parseArguments(arguments, {kOptions, operands_max, kFlags});
}

TEST(Arguments, TakeOptionsInBothSpellingsAnywhere) {
    const auto parsed = parse({"list", "--role", "ingest", "--config=a=b", "more"});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->option("--role"), "ingest");
    EXPECT_EQ(parsed->option("--config"), "a=b");
    EXPECT_THAT(parsed->operands, ::testing::ElementsAre("list", "more"));
    EXPECT_EQ(parsed->option("--other"), "");
}

TEST(Arguments, EverythingBehindTwoDashesIsAnOperand) {
    const auto parsed = parse({"--", "--role", "-h"});
    ASSERT_TRUE(parsed);
    EXPECT_THAT(parsed->operands, ::testing::ElementsAre("--role", "-h"));
    EXPECT_FALSE(parsed->help);
}

TEST(Arguments, HelpGoesBeforeEverythingThatFollows) {
    EXPECT_TRUE(parse({"--help", "--nonsense"})->help);
    EXPECT_TRUE(parse({"-h"})->help);
}

TEST(Arguments, FlagsTakeNoValue) {
    const auto parsed = parse({"--dry-run", "more"});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->flag("--dry-run"));
    EXPECT_FALSE(parsed->flag("--other"));
    EXPECT_THAT(parsed->operands, ::testing::ElementsAre("more"));
    EXPECT_FALSE(parse({})->flag("--dry-run"));
}

TEST(Arguments, OptionsThatRepeatKeepEveryValueInOrder) {
    constexpr std::array<std::string_view, 1> kRepeated{"--set"};
    const std::vector<std::string_view> words{"--set", "/a=1", "x", "--set=/b=2"};
    const auto parsed = parseArguments(words, {.operands_max = 1, .repeated = kRepeated});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->values("--set"), (std::vector<std::string>{"/a=1", "/b=2"}));
    EXPECT_TRUE(parsed->values("--other").empty());
}

TEST(Arguments, SayWhatIsWrong) {
    EXPECT_EQ(parse({"--dry-run=yes"}).error(), "--dry-run takes no value");
    EXPECT_EQ(parse({"--dry-run", "--dry-run"}).error(), "--dry-run is given twice");
    EXPECT_EQ(parse({"--rolle", "all"}).error(), "unknown option --rolle");
    EXPECT_EQ(parse({"--role"}).error(), "--role needs a value");
    EXPECT_EQ(parse({"--role="}).error(), "--role needs a value");
    EXPECT_EQ(parse({"--role", "all", "--role=all"}).error(), "--role is given twice");
    EXPECT_EQ(parse({"a", "b", "c"}).error(), "unexpected argument \"c\"");
    EXPECT_EQ(parse({"-x"}).error(), "unknown option -x");
}

} // namespace
} // namespace hookgate::cli
