#include "core/config/load.hpp"

#include "core/config/defaults.hpp"
#include "core/config/keys.hpp"
#include "core/config/layers.hpp"
#include "core/config/refusals.hpp"
#include "core/config/suggestion.hpp"
#include "core/config/values.hpp"

#include <unistd.h>

namespace hookgate::config {
namespace {

// The file's own spelling of a name is shown only as far as it can be a name.
constexpr std::size_t kShownBytesMax = 80;

std::string inQuotes(std::string_view text) {
    std::string result{"\""};
    for (const char c : text.substr(0, kShownBytesMax))
        result += c >= ' ' && c <= '~' ? c : '?';
    if (text.size() > kShownBytesMax) result += "...";
    return result + "\"";
}

std::string origin(Source source) {
    return source == Source::File ? " (from the file)" : " (from the environment)";
}

// APP_ENV decides what the other keys default to. One that cannot be read counts as production: no
// default that is made for development may slip in.
Environment environmentOf(const Layers& layers) {
    const auto text = layers.text("APP_ENV");
    Settings settings;
    if (text && !findKey("APP_ENV")->apply(settings, *text).empty()) return Environment::Production;
    return settings.app_env;
}

void apply(const Layers& layers, Settings& settings, std::vector<Problem>& problems) {
    for (const auto& key : keys()) {
        const auto text = layers.text(key.name);
        if (!text) continue;
        const auto problem = key.apply(settings, *text);
        if (problem.empty()) continue;
        problems.push_back({std::string{key.name}, inQuotes(shown(key, *text)) + " " + problem +
                                                       origin(layers.source(key.name))});
    }
}

void unknownKeys(const Layers& layers, const std::filesystem::path& file,
                 std::vector<Problem>& problems) {
    for (const auto& name : layers.fileKeys()) {
        if (findKey(name) != nullptr || isReferenceKey(name)) continue;
        auto text = "has the unknown key " + inQuotes(name);
        const auto nearest = nearestKey(name);
        text += nearest.empty() ? "; remove it" : "; did you mean " + std::string{nearest} + "?";
        problems.push_back({file.string(), std::move(text)});
    }
}

Variables variables(const Layers& layers, const Variables& environment) {
    Variables all;
    for (const auto& name : layers.fileKeys()) {
        auto text = isReferenceKey(name) ? layers.text(name) : std::nullopt;
        if (text) all.emplace(name, std::move(*text));
    }
    for (const auto& [name, value] : environment)
        if (!value.empty()) all.insert_or_assign(name, value);
    return all;
}

std::vector<Entry> entries(const Layers& layers, const Settings& settings) {
    std::vector<Entry> entries;
    for (const auto& key : keys())
        entries.push_back(
            {std::string{key.name}, shown(key, key.show(settings)), layers.source(key.name)});
    return entries;
}

} // namespace

std::string_view nameOf(Source source) noexcept {
    switch (source) {
        case Source::Environment:
            return "environment";
        case Source::File:
            return "file";
        case Source::Default:
            break;
    }
    return "default";
}

Variables processEnvironment() {
    Variables variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const auto equals = text.find('=');
        if (equals != std::string_view::npos && equals + 1 < text.size())
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

base::Result<Loaded, std::vector<Problem>> load(const Variables& environment,
                                                const std::filesystem::path& file) {
    std::vector<Problem> problems;
    const Layers layers{environment, file, problems};
    Loaded loaded{.settings = defaultSettings(environmentOf(layers)), .entries = {}};
    apply(layers, loaded.settings, problems);
    unknownKeys(layers, file, problems);
    refuse(loaded.settings, layers, file, problems);
    if (!problems.empty()) return base::Error{std::move(problems)};
    loaded.settings.variables = variables(layers, environment);
    loaded.entries = entries(layers, loaded.settings);
    return loaded;
}

} // namespace hookgate::config
