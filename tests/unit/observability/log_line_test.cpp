#include "core/observability/log_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hookgate::observability {
namespace {

constexpr base::UnixMs kTime = 1'764'008'139'042; // 2025-11-24T18:15:39.042Z

std::string line(LogFormat format, std::string_view event, base::LogFields fields,
                 base::LogLevel level = base::LogLevel::Information) {
    std::string out;
    appendLogLine(out, format, {kTime, level, event, fields});
    return out;
}

// The value of "value" when it travels in a JSON line.
std::string throughJson(std::string_view value) {
    const auto text = line(LogFormat::Json, "e", {{"value", value}});
    EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
    return nlohmann::json::parse(text).at("value").get<std::string>();
}

bool hasControls(std::string_view text) {
    return std::ranges::any_of(text.substr(0, text.size() - 1), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

TEST(JsonLogLine, HasTimeLevelEventThenFields) {
    EXPECT_EQ(
        line(LogFormat::Json, "webhook rejected",
             {{"provider", "acme"}, {"status", 401}, {"duplicate", false}},
             base::LogLevel::Warning),
        "{\"ts\":\"2025-11-24T18:15:39.042Z\",\"level\":\"warning\",\"event\":\"webhook rejected\","
        "\"provider\":\"acme\",\"status\":401,\"duplicate\":false}\n");
}

TEST(JsonLogLine, KeepsANewlineInsideItsValue) {
    EXPECT_EQ(throughJson("a\nb\r\n{\"level\":\"fatal\"}"), "a\nb\r\n{\"level\":\"fatal\"}");
}

TEST(JsonLogLine, LetsNoEscapeSequenceReachATerminal) {
    for (const auto* value : {"\x1b[2J",
                              "\xC2\x9B"
                              "2J",
                              "\x7f\x08"}) {
        const auto text = line(LogFormat::Json, value, {{value, value}});
        EXPECT_FALSE(hasControls(text)) << text;
        EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
        EXPECT_EQ(throughJson(value), value);
    }
}

TEST(JsonLogLine, RepairsWhatIsNoUtf8) {
    EXPECT_EQ(throughJson("a\xFFz\xC3"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    EXPECT_EQ(throughJson(std::string_view{"a\0b", 3}), (std::string{"a\0b", 3}));
}

TEST(JsonLogLine, CutsLongTextsBetweenCharacters) {
    std::string text(kLogTextBytesMax - 1, 'x');
    text += "\xC3\xA9\xC3\xA9"; // two letters of two bytes, the first across the limit
    EXPECT_EQ(throughJson(text), std::string(kLogTextBytesMax - 1, 'x'));
    EXPECT_LE(throughJson(std::string(100'000, '\x80')).size(), 3 * kLogTextBytesMax);
}

TEST(JsonLogLine, WritesTheEndsOfTheNumbers) {
    const auto text =
        line(LogFormat::Json, "e", {{"least", std::numeric_limits<std::int64_t>::min()}});
    EXPECT_NE(text.find("\"least\":-9223372036854775808"), std::string::npos) << text;
}

TEST(TextLogLine, ReadsLikeASentenceWithFields) {
    EXPECT_EQ(line(LogFormat::Text, "delivery failed",
                   {{"status", 500}, {"error", "timed out"}, {"empty", ""}}),
              "2025-11-24T18:15:39.042Z information delivery failed status=500 error=\"timed out\" "
              "empty=\"\"\n");
}

TEST(TextLogLine, CannotBeMadeToLookLikeTwoLinesOrMoreFields) {
    for (const auto* value : {"a\nb", "x status=200", "a=b", "\x1b[31m",
                              "\xC2\x9B"
                              "31m",
                              "q\"q", "\xFF"}) {
        const auto text = line(LogFormat::Text, "e", {{"value", value}});
        EXPECT_FALSE(hasControls(text)) << text;
        EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos) << text;
        EXPECT_NE(text.find("value=\""), std::string::npos) << text;
    }
}

TEST(LogLevelNames, AreThoseOfPoco) {
    EXPECT_EQ(nameOf(base::LogLevel::Fatal), "fatal");
    EXPECT_EQ(nameOf(base::LogLevel::Notice), "notice");
    EXPECT_EQ(nameOf(base::LogLevel::Trace), "trace");
}

} // namespace
} // namespace hookgate::observability
