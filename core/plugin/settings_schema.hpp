#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// The part of JSON Schema (draft 2020-12) that a plugin's settings_schema may use: type (one name),
// properties, required, additionalProperties (true or false), items (one schema), minItems,
// maxItems, enum, minimum, maximum, minLength, maxLength (in bytes); title, description, default
// and examples say nothing. A schema that uses anything else is refused, not half obeyed.

// What keeps a schema from being used; empty: nothing.
std::string schemaProblem(std::string_view schema_json);

// Every place where settings are not as the schema says, named by key: "signature.header has to be
// a text". Both are JSON objects; the schema has no problem.
std::vector<std::string> settingsProblems(std::string_view schema_json,
                                          std::string_view settings_json);

} // namespace hookgate::plugin
