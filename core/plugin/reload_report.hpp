#pragma once

#include "core/base/clock.hpp"
#include "core/plugin/generation.hpp"
#include "core/plugin/plugin_info.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hookgate::plugin {

// What became of a wish to change which plugins serve.
struct ReloadReport {
    enum class Action { Reload, Rollback };
    enum class Outcome {
        Published, // the changes serve
        Unchanged, // there were none
        Refused    // what served before still does
    };

    Action action = Action::Reload;
    Outcome outcome = Outcome::Unchanged;
    bool dry_run = false; // then it is what would have become of it
    std::string actor{};
    base::UnixMs at = 0;
    std::uint64_t generation = 0; // that serves now
    std::vector<PluginChange> changes{};
    std::vector<RefusedPlugin> refused{};
    std::vector<std::string> problems{}; // of integrations
};

std::string_view nameOf(ReloadReport::Action action) noexcept;
std::string_view nameOf(ReloadReport::Outcome outcome) noexcept;

} // namespace hookgate::plugin
