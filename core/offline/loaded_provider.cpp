#include "core/offline/loaded_provider.hpp"

#include "core/offline/suggestion.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hookgate::offline {

std::vector<std::string> providersOf(const plugin::Registry& registry) {
    std::vector<std::string> names;
    const auto generation = registry.current();
    for (const auto& plugin : generation->plugins())
        for (const auto& provider : plugin.info.providers)
            names.push_back(provider.name);
    std::sort(names.begin(), names.end());
    return names;
}

base::Result<LoadedProvider, std::string> loadProvider(const plugin::Registry& registry,
                                                       const std::filesystem::path& plugins_dir,
                                                       const std::string& provider) {
    const auto generation = registry.current();
    const auto* const type = generation->find(provider);
    if (type == nullptr) {
        const auto names = providersOf(registry);
        auto why = "no plugin in " + plugins_dir.string() + " offers the provider " + provider +
                   suggestion(provider, names) + "; there are " + listed(names);
        for (const auto& refused : registry.refused())
            why += "\n" + refused.file + " was refused: " + refused.reason;
        return base::Error{std::move(why)};
    }
    LoadedProvider loaded{.type = *type};
    const auto file = plugins_dir / generation->pluginOf(provider)->info.file;
    const auto bytes = plugin::readPluginFile(file);
    if (!bytes) return base::Error{file.string() + ": " + bytes.error()};
    for (const auto& text : plugin::inspect(*bytes).vectors) {
        auto vectors = plugin::check::parseVectors(text, plugin::check::UnknownMembers::Ignored);
        if (!vectors) return base::Error{file.string() + ": " + vectors.error()};
        std::copy_if(std::make_move_iterator(vectors->begin()),
                     std::make_move_iterator(vectors->end()), std::back_inserter(loaded.vectors),
                     [&](const plugin::check::Vector& vector) {
                         return vector.settings.provider == provider;
                     });
    }
    return loaded;
}

} // namespace hookgate::offline
