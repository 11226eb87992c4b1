#include "core/plugin/settings_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookgate::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kSchema = R"({
    "type": "object", "required": ["header"], "additionalProperties": false,
    "properties": {
        "header": {"type": "string", "minLength": 1, "maxLength": 8},
        "encoding": {"type": "string", "enum": ["hex", "base64"]},
        "window": {"type": "integer", "minimum": 0, "maximum": 10},
        "pointers": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "nested": {"type": "object", "properties": {"on": {"type": "boolean"}}}}})";

TEST(SettingsSchema, AcceptsWhatItDescribes) {
    EXPECT_EQ(schemaProblem(kSchema), "");
    EXPECT_THAT(settingsProblems(kSchema, R"({"header": "x-a", "encoding": "hex", "window": 10,
        "pointers": ["/a", "/b"], "nested": {"on": true, "more": 1}})"),
                IsEmpty());
}

TEST(SettingsSchema, NamesEveryProblemWithItsKey) {
    EXPECT_THAT(
        settingsProblems(kSchema, R"({"encoding": "hax", "window": 11, "colour": 1,
        "pointers": ["/a", 2, "/c"], "nested": {"on": 1}})"),
        ElementsAre("header is missing",
                    HasSubstr("colour is no setting of this provider; known are encoding"),
                    R"(encoding has to be one of ["hex","base64"])",
                    "nested.on has to be true or false", "pointers has to have at most 2 elements",
                    "pointers[1] has to be a text", "window has to be at most 10"));
    EXPECT_THAT(settingsProblems(kSchema, R"({"header": ""})"),
                ElementsAre("header has to have at least 1 bytes"));
    EXPECT_THAT(settingsProblems(kSchema, R"({"header": "x", "window": 1.5})"),
                ElementsAre("window has to be a whole number"));
}

TEST(SettingsSchema, RefusesWhatItWouldNotObey) {
    for (const auto* const schema :
         {"[]", "{", R"({"type":"string"})", R"({"properties":{"a":{"pattern":"x"}}})",
          R"({"type":["object"]})", R"({"required":[1]})", R"({"additionalProperties":{}})",
          R"({"properties":{"a":{"items":[]}}})", R"({"properties":{"a":{"minLength":-1}}})",
          R"({"$ref":"#/a"})"})
        EXPECT_NE(schemaProblem(schema), "") << schema;
}

} // namespace
} // namespace hookgate::plugin
