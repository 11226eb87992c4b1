#include "core/base/json_writer.hpp"

#include <gtest/gtest.h>

namespace hookgate::base {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    appendJsonString(out, text);
    return out;
}

TEST(JsonString, EscapesWhatWouldBreakTheLineOrTheString) {
    EXPECT_EQ(escaped("a\"b\\c\nd\re\tf"), R"("a\"b\\c\nd\re\tf")");
    EXPECT_EQ(escaped(std::string_view{"\0\x1b[31m\x7f", 7}), R"("\u0000\u001b[31m\u007f")");
    EXPECT_EQ(escaped("\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x82\xac"),
              "\"\\u2028|\\u2029|\xe2\x82\xac\"");
}

TEST(JsonString, ReplacesWhatIsNoUtf8) {
    EXPECT_EQ(escaped("a\xff\xe2\x80"), "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, PutsCommasBetweenValuesOnly) {
    JsonWriter json;
    json.beginObject();
    json.key("a").integer(-1);
    json.key("b").beginArray().string("x").boolean(true).null().endArray();
    json.key("c").beginObject().endObject();
    json.key("d").raw("1.10");
    json.key("e").stringOrNull("");
    json.endObject();
    EXPECT_EQ(std::move(json).take(), R"({"a":-1,"b":["x",true,null],"c":{},"d":1.10,"e":null})");
}

} // namespace
} // namespace hookgate::base
