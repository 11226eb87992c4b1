#pragma once

#include "core/plugin/plugin_code.hpp"
#include "core/plugin/plugin_info.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// One plugin file as a generation serves it.
struct ServedPlugin {
    PluginInfo info{};
    std::shared_ptr<const PluginCode> code{};
    std::uint64_t since = 0; // the generation in which this code came into service
};

// Which plugins serve, as a whole: made at once, replaced at once, never changed. Safe to use from
// any thread. The generation before it may still serve requests that began with it.
class Generation {
public:
    // `plugins` in the order of their files, no provider named by two of them. Those without a
    // `since` get this generation's number.
    Generation(std::uint64_t number, std::vector<ServedPlugin> plugins);
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    std::uint64_t number() const noexcept { return number_; }

    const std::vector<ServedPlugin>& plugins() const noexcept { return plugins_; }

    // Null: nobody provides it. Valid as long as the generation.
    const ProviderType* find(std::string_view provider) const noexcept;
    const ServedPlugin* pluginOf(std::string_view provider) const noexcept;

private:
    struct Place {
        const ServedPlugin* plugin;
        const ProviderType* type;
    };

    const std::uint64_t number_;
    std::vector<ServedPlugin> plugins_;
    std::map<std::string_view, Place, std::less<>> by_provider_;
};

// What one generation has that another has not.
struct PluginChange {
    enum class Kind { Added, Replaced, Removed };

    Kind kind = Kind::Added;
    std::string file{};
    std::string version{}; // of the removed one, when it was removed
    std::string sha256{};
};

// In the order of the files; empty: both serve the same code under the same names.
std::vector<PluginChange> changesBetween(const Generation& before, const Generation& after);

// Files that name a provider which another one names too, with what to do about it; without the one
// that `serving` serves it from.
std::map<std::string, std::string> rivalsAmong(const std::vector<ServedPlugin>& plugins,
                                               const Generation& serving);

std::string_view nameOf(PluginChange::Kind kind) noexcept;

} // namespace hookgate::plugin
