#include "core/explain/json_spelling.hpp"

#include <gtest/gtest.h>

namespace hookgate::explain {
namespace {

constexpr std::string_view kJson =
    "{ \"a\" :1.50,\"b\":[ ], \"c\":{},\r\n\t\"d\" : [1 , {\"e\":\" x, y: \\\" [z] \"}] }";

TEST(JsonSpelling, LaysOutOnOneLineAndKeepsStringsAndNumbers) {
    EXPECT_EQ(laidOut(kJson, {}), R"({"a":1.50,"b":[],"c":{},"d":[1,{"e":" x, y: \" [z] "}]})");
    EXPECT_EQ(laidOut(kJson, {.after_colon = " ", .after_comma = " ", .indent = {}}),
              R"({"a": 1.50, "b": [], "c": {}, "d": [1, {"e": " x, y: \" [z] "}]})");
}

TEST(JsonSpelling, IndentsAndLeavesEmptyOnesClosed) {
    EXPECT_EQ(laidOut(R"({"a":[1,{}],"b":{"c":[]}})",
                      {.after_colon = " ", .after_comma = {}, .indent = "  "}),
              "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
    EXPECT_EQ(laidOut("[]", {.after_colon = {}, .after_comma = {}, .indent = "  "}), "[]");
    EXPECT_EQ(laidOut("7", {.after_colon = {}, .after_comma = {}, .indent = "  "}), "7");
}

TEST(JsonSpelling, EscapesSlashesOnceOrNotAtAll) {
    EXPECT_EQ(withSlashes(R"({"a/b":"c\/d\\/"})", true), R"({"a\/b":"c\/d\\\/"})");
    EXPECT_EQ(withSlashes(R"({"a/b":"c\/d\\/"})", false), R"({"a/b":"c/d\\/"})");
}

} // namespace
} // namespace hookgate::explain
