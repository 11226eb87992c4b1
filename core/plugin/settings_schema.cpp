#include "core/plugin/settings_schema.hpp"

#include "core/plugin/json_index.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace hookgate::plugin {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> kTypes{"object", "array",   "string", "integer",
                                                 "number", "boolean", "null"};
constexpr std::array<std::string_view, 16> kKeywords{
    "type",    "properties",  "required",  "additionalProperties",
    "items",   "minItems",    "maxItems",  "enum",
    "minimum", "maximum",     "minLength", "maxLength",
    "title",   "description", "default",   "examples"};

bool isType(const Json& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return value.is_null();
}

std::string_view plain(std::string_view type) {
    if (type == "object") return "an object";
    if (type == "array") return "a list";
    if (type == "string") return "a text";
    if (type == "integer") return "a whole number";
    if (type == "number") return "a number";
    if (type == "boolean") return "true or false";
    return "null";
}

// A schema read against what is supported; throws std::invalid_argument.
class SchemaCheck {
public:
    static void check(const Json& schema, const std::string& at) {
        const auto refuse = [&](const std::string& why) {
            return std::invalid_argument{(at.empty() ? "the schema" : "the schema of " + at) + " " +
                                         why};
        };
        if (!schema.is_object()) throw refuse("is no object");
        for (const auto& [keyword, value] : schema.items())
            if (!isUsable(keyword, value))
                throw refuse("uses " + keyword + " in a way that is not supported");
        if (const auto properties = schema.find("properties"); properties != schema.end())
            for (const auto& [name, property] : properties->items())
                check(property, at.empty() ? name : at + "." + name);
        if (const auto items = schema.find("items"); items != schema.end())
            check(*items, at + "[]");
    }

private:
    static bool isUsable(std::string_view keyword, const Json& value) {
        if (std::find(kKeywords.begin(), kKeywords.end(), keyword) == kKeywords.end()) return false;
        if (keyword == "type")
            return value.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                                  value.get<std::string>()) != kTypes.end();
        if (keyword == "properties") return value.is_object();
        if (keyword == "required")
            return value.is_array() &&
                   std::all_of(value.begin(), value.end(),
                               [](const auto& name) { return name.is_string(); });
        if (keyword == "additionalProperties") return value.is_boolean();
        if (keyword == "enum") return value.is_array() && !value.empty();
        if (keyword == "minimum" || keyword == "maximum") return value.is_number();
        if (keyword.starts_with("min") || keyword.starts_with("max"))
            return value.is_number_unsigned();
        return true;
    }
};

class Comparison {
public:
    std::vector<std::string> problems;

    void compare(const Json& schema, const Json& value, const std::string& at) {
        if (const auto type = schema.find("type"); type != schema.end()) {
            const auto& name = type->get_ref<const std::string&>();
            if (!isType(value, name)) return problem(at, "has to be " + std::string{plain(name)});
        }
        if (const auto choice = schema.find("enum"); choice != schema.end())
            if (std::find(choice->begin(), choice->end(), value) == choice->end())
                problem(at, "has to be one of " + choice->dump());
        if (value.is_object()) compareObject(schema, value, at);
        if (value.is_array()) compareArray(schema, value, at);
        if (value.is_number()) compareNumber(schema, value, at);
        if (value.is_string())
            compareSize(schema, value.get_ref<const std::string&>().size(), at, "Length", "bytes");
    }

private:
    void problem(const std::string& at, const std::string& text) {
        problems.push_back((at.empty() ? "settings" : at) + " " + text);
    }

    void compareObject(const Json& schema, const Json& value, const std::string& at) {
        const auto properties = schema.value("properties", Json::object());
        const auto place = [&](const std::string& name) {
            return at.empty() ? name : at + "." + name;
        };
        for (const auto& name : schema.value("required", Json::array()))
            if (!value.contains(name.get<std::string>()))
                problem(place(name.get<std::string>()), "is missing");
        for (const auto& [name, member] : value.items()) {
            if (const auto property = properties.find(name); property != properties.end())
                compare(*property, member, place(name));
            else if (!schema.value("additionalProperties", true))
                problem(place(name), "is no setting of this provider" + known(properties));
        }
    }

    static std::string known(const Json& properties) {
        std::string names;
        for (const auto& [name, property] : properties.items())
            names += (names.empty() ? "; known are " : ", ") + name;
        return names;
    }

    void compareArray(const Json& schema, const Json& value, const std::string& at) {
        compareSize(schema, value.size(), at, "Items", "elements");
        const auto items = schema.find("items");
        if (items == schema.end()) return;
        for (std::size_t i = 0; i < value.size(); ++i)
            compare(*items, value[i], at + "[" + std::to_string(i) + "]");
    }

    void compareNumber(const Json& schema, const Json& value, const std::string& at) {
        if (const auto least = schema.find("minimum"); least != schema.end() && value < *least)
            problem(at, "has to be at least " + least->dump());
        if (const auto most = schema.find("maximum"); most != schema.end() && value > *most)
            problem(at, "has to be at most " + most->dump());
    }

    void compareSize(const Json& schema, std::size_t size, const std::string& at,
                     const std::string& keyword, const std::string& what) {
        if (const auto least = schema.find("min" + keyword);
            least != schema.end() && size < least->get<std::size_t>())
            problem(at, "has to have at least " + least->dump() + " " + what);
        if (const auto most = schema.find("max" + keyword);
            most != schema.end() && size > most->get<std::size_t>())
            problem(at, "has to have at most " + most->dump() + " " + what);
    }
};

} // namespace

std::string schemaProblem(std::string_view schema_json) {
    JsonIndex index; // bounds the depth, which nlohmann's parser does not
    if (index.parse(schema_json) != JsonError::None) return "the schema is no JSON";
    try {
        const auto schema = Json::parse(schema_json);
        SchemaCheck::check(schema, {});
        if (schema.contains("type") && schema["type"] != "object")
            return "the schema is of something else than an object";
        return {};
    } catch (const std::exception& e) {
        return e.what();
    }
}

std::vector<std::string> settingsProblems(std::string_view schema_json,
                                          std::string_view settings_json) {
    Comparison comparison;
    comparison.compare(Json::parse(schema_json), Json::parse(settings_json), {});
    return std::move(comparison.problems);
}

} // namespace hookgate::plugin
