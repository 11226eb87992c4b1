#include "core/simulate/body_edits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookgate::simulate {
namespace {

std::string edit(const std::string& body, const std::vector<std::string>& edits,
                 std::string_view content_type = "application/json") {
    const auto result = edited(body, content_type, edits);
    return result ? *result : "refused: " + result.error();
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded; charset=utf-8";

TEST(BodyEdits, SetsJsonValuesAndTextsAtPointersAndKeepsTheOrder) {
    EXPECT_EQ(edit(R"({"z":1,"a":{"b":[1,2]}})",
                   {"/a/b/1=true", "/a/c=text", "/z={\"x\":null}", "/n=\"7\"", "/e="}),
              R"({"z":{"x":null},"a":{"b":[1,true],"c":"text"},"n":"7","e":""})");
    EXPECT_EQ(edit(R"({"a~b":1,"c/d":2})", {"/a~0b=3", "/c~1d=a=b"}), R"({"a~b":3,"c/d":"a=b"})");
}

TEST(BodyEdits, TouchesNothingWithoutAnEdit) {
    EXPECT_EQ(edit("{ \"a\" : 1 }\n", {}), "{ \"a\" : 1 }\n");
    EXPECT_EQ(edit("no json", {}), "no json");
}

TEST(BodyEdits, SetsAndAddsFieldsOfForms) {
    EXPECT_EQ(edit("From=a&To=b&FromCity=c", {"/From=+1 5", "/New=x&y"}, kForm),
              "From=%2B1%205&To=b&FromCity=c&New=x%26y");
    EXPECT_EQ(edit("", {"/a=1"}, kForm), "a=1");
}

TEST(BodyEdits, RefusesWhatHasNoPlaceAndSaysWhich) {
    EXPECT_EQ(edit("{}", {"a=1"}), "refused: --set a=1: write it as /pointer=value");
    EXPECT_EQ(edit("{}", {"/a"}), "refused: --set /a: write it as /pointer=value");
    EXPECT_EQ(edit("{}", {""}), "refused: --set : write it as /pointer=value");
    EXPECT_EQ(edit(R"({"a":1})", {"/a/b=1"}),
              "refused: --set /a/b=1: the body has no place for /a/b");
    EXPECT_EQ(edit("[]", {"/x=1"}), "refused: --set /x=1: the body has no place for /x");
    EXPECT_EQ(
        edit("[1]", {"/99999999999999999999=1"}),
        "refused: --set /99999999999999999999=1: the body has no place for /99999999999999999999");
    EXPECT_EQ(edit("no json", {"/a=1"}), "refused: --set: the body is neither JSON nor a form");
}

} // namespace
} // namespace hookgate::simulate
