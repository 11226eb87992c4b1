#include "core/plugin/json_index.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hookgate::plugin {
namespace {

JsonError errorOf(std::string_view text) {
    JsonIndex index;
    return index.parse(text);
}

// The exact bytes at a pointer, or the error's number in angle brackets.
std::string rawAt(std::string_view text, std::string_view pointer) {
    JsonIndex index;
    if (index.parse(text) != JsonError::None) return "<unparsed>";
    std::uint32_t node = 0;
    const auto error = index.find(0, pointer, node);
    if (error != JsonError::None) return '<' + std::to_string(static_cast<int>(error)) + '>';
    return std::string{index.raw(node)};
}

std::string unescaped(std::string_view literal) {
    std::string text;
    return appendUnescaped(text, literal) ? text : "<broken>";
}

const std::string kNotFound = "<" + std::to_string(static_cast<int>(JsonError::NotFound)) + ">";
const std::string kAmbiguous = "<" + std::to_string(static_cast<int>(JsonError::Ambiguous)) + ">";

TEST(JsonIndex, LeavesNumbersAsTheyWereWritten) {
    constexpr std::string_view kText =
        R"({"big":12345678901234567890,"price":1.10,"small":-0,"huge":1E+400,"deep":{"x":0.0e-0}})";
    EXPECT_EQ(rawAt(kText, "/big"), "12345678901234567890");
    EXPECT_EQ(rawAt(kText, "/price"), "1.10");
    EXPECT_EQ(rawAt(kText, "/small"), "-0");
    EXPECT_EQ(rawAt(kText, "/huge"), "1E+400");
    EXPECT_EQ(rawAt(kText, "/deep/x"), "0.0e-0");
}

TEST(JsonIndex, GivesTheExactBytesOfContainersWhiteSpaceIncluded) {
    constexpr std::string_view kText =
        " {\"a\" : { \"b\" :[ 1 ,\t2 ] } , \"c\": \"x\\u0041\" }\r\n";
    EXPECT_EQ(rawAt(kText, "/a"), "{ \"b\" :[ 1 ,\t2 ] }");
    EXPECT_EQ(rawAt(kText, "/a/b"), "[ 1 ,\t2 ]");
    EXPECT_EQ(rawAt(kText, "/a/b/1"), "2");
    EXPECT_EQ(rawAt(kText, "/c"), "\"x\\u0041\"");
    EXPECT_EQ(rawAt(kText, ""), "{\"a\" : { \"b\" :[ 1 ,\t2 ] } , \"c\": \"x\\u0041\" }");
}

TEST(JsonIndex, AcceptsEveryKindOfValueAsADocument) {
    for (const auto* const text :
         {"null", "true", "false", "0", "-1.5e10", "\"\"", "[]", "{}", " [ ] ", "[[],{}]"})
        EXPECT_EQ(errorOf(text), JsonError::None) << text;
}

TEST(JsonIndex, RefusesWhatRfc8259DoesNotAllow) {
    for (const auto* const text : {"",
                                   " ",
                                   "nul",
                                   "nulll",
                                   "True",
                                   "01",
                                   "-",
                                   "+1",
                                   ".5",
                                   "1.",
                                   "1e",
                                   "1e+",
                                   "0x1",
                                   "NaN",
                                   "Infinity",
                                   "'a'",
                                   "\"",
                                   "\"\\",
                                   "\"\\x\"",
                                   "\"\\u12\"",
                                   "\"\\u12g4\"",
                                   "\"\t\"",
                                   "\"\n\"",
                                   "[",
                                   "]",
                                   "[1",
                                   "[1,",
                                   "[1,]",
                                   "[,1]",
                                   "[1 2]",
                                   "{",
                                   "}",
                                   "{\"a\"",
                                   "{\"a\":",
                                   "{\"a\":1",
                                   "{\"a\":1,",
                                   "{\"a\":1,}",
                                   "{a:1}",
                                   "{1:1}",
                                   "{\"a\" 1}",
                                   "{\"a\":1]",
                                   "[1}",
                                   "1 2",
                                   "{}{}",
                                   "// x\n1",
                                   "[1]//",
                                   "\xef\xbb\xbf{}",
                                   "[1,\v2]"})
        EXPECT_EQ(errorOf(text), JsonError::Syntax) << text;
    EXPECT_EQ(errorOf(std::string_view{"\"a\0b\"", 5}), JsonError::Syntax);
    EXPECT_EQ(errorOf(std::string_view{"1\0", 2}), JsonError::Syntax);
}

TEST(JsonIndex, RefusesStringsThatAreNoUtf8) {
    for (const auto* const text :
         {"\"\x80\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"",
          "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "{\"\xff\":1}", "\"a\xe2\x82\""})
        EXPECT_EQ(errorOf(text), JsonError::Syntax);
    EXPECT_EQ(errorOf("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""), JsonError::None);
}

TEST(JsonIndex, StopsAtTheDepthLimitHoweverDeepTheTextIs) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(errorOf(nested(JsonIndex::kDepthMax)), JsonError::None);
    EXPECT_EQ(errorOf(nested(JsonIndex::kDepthMax + 1)), JsonError::TooDeep);
    EXPECT_EQ(errorOf(std::string(1'000'000, '[')), JsonError::TooDeep);
    std::string objects;
    for (int i = 0; i < 100'000; ++i)
        objects += "{\"a\":";
    EXPECT_EQ(errorOf(objects), JsonError::TooDeep);
}

TEST(JsonIndex, StopsAtTheNodeLimit) {
    std::string text = "[0";
    for (std::size_t i = 0; i < JsonIndex::kNodesMax; ++i)
        text += ",0";
    EXPECT_EQ(errorOf(text + ']'), JsonError::TooManyNodes);
}

TEST(JsonIndex, FindsMembersByPointerAsRfc6901Says) {
    // The document of RFC 6901, section 5.
    constexpr std::string_view kText = R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,)"
                                       R"("g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
    EXPECT_EQ(rawAt(kText, "/foo"), R"(["bar","baz"])");
    EXPECT_EQ(rawAt(kText, "/foo/0"), "\"bar\"");
    EXPECT_EQ(rawAt(kText, "/"), "0");
    EXPECT_EQ(rawAt(kText, "/a~1b"), "1");
    EXPECT_EQ(rawAt(kText, "/c%d"), "2");
    EXPECT_EQ(rawAt(kText, "/i\\j"), "5");
    EXPECT_EQ(rawAt(kText, "/k\"l"), "6");
    EXPECT_EQ(rawAt(kText, "/ "), "7");
    EXPECT_EQ(rawAt(kText, "/m~0n"), "8");
    for (const auto* const absent : {"/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/x", "/foo/0/0",
                                     "/fo", "/m~n", "/m~2n", "/m~", "foo", "/foo/99999999999"})
        EXPECT_EQ(rawAt(kText, absent), kNotFound) << absent;
}

TEST(JsonIndex, ComparesEscapedNamesByWhatTheyMean) {
    EXPECT_EQ(rawAt(R"({"\u0069d":1})", "/id"), "1");
    EXPECT_EQ(rawAt(R"({"i\u0064":1,"id":2})", "/id"), kAmbiguous);
}

TEST(JsonIndex, RefusesToChooseBetweenDoubledNamesButOnlyWhereOneIsAskedFor) {
    constexpr std::string_view kText = R"({"a":1,"b":{"x":1,"x":2},"a":3,"c":4})";
    EXPECT_EQ(rawAt(kText, "/a"), kAmbiguous);
    EXPECT_EQ(rawAt(kText, "/b/x"), kAmbiguous);
    EXPECT_EQ(rawAt(kText, "/b"), R"({"x":1,"x":2})");
    EXPECT_EQ(rawAt(kText, "/c"), "4");
}

TEST(JsonIndex, CountsElementsAndMembers) {
    JsonIndex index;
    ASSERT_EQ(index.parse(R"([[],[1,[2,3]],{},{"a":{"b":1}}])"), JsonError::None);
    const auto countAt = [&](std::string_view pointer) {
        std::uint32_t node = 0;
        EXPECT_EQ(index.find(0, pointer, node), JsonError::None) << pointer;
        return index.at(node).count;
    };
    EXPECT_EQ(countAt(""), 4U);
    EXPECT_EQ(countAt("/0"), 0U);
    EXPECT_EQ(countAt("/1"), 2U);
    EXPECT_EQ(countAt("/2"), 0U);
    EXPECT_EQ(countAt("/3"), 1U);
}

TEST(JsonIndex, ForgetsTheLastDocumentWhenTheNextIsBroken) {
    JsonIndex index;
    ASSERT_EQ(index.parse(R"({"a":1})"), JsonError::None);
    EXPECT_EQ(index.parse("{\"a\":"), JsonError::Syntax);
    EXPECT_EQ(index.errorOffset(), 5U);
    std::uint32_t node = 0;
    EXPECT_EQ(index.find(0, "", node), JsonError::NotFound);
}

TEST(JsonUnescaping, ResolvesEveryEscape) {
    EXPECT_EQ(unescaped(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
    EXPECT_EQ(unescaped(R"("\u0041\u00e9\u20AC")"), "A\xc3\xa9\xe2\x82\xac");
    EXPECT_EQ(unescaped(R"("\ud83d\ude00")"), "\xf0\x9f\x98\x80");
    EXPECT_EQ(unescaped(R"("\u0000")"), std::string(1, '\0'));
    EXPECT_EQ(unescaped(R"("")"), "");
}

TEST(JsonUnescaping, RefusesHalfASurrogatePairThatTheDocumentMayHold) {
    for (const auto* const literal :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\n")", R"("\ud83d\u0041")",
          R"("\ude00\ud83d")", R"("\ud83d\ud83d")"}) {
        EXPECT_EQ(errorOf(literal), JsonError::None) << literal;
        EXPECT_EQ(unescaped(literal), "<broken>") << literal;
    }
}

} // namespace
} // namespace hookgate::plugin
