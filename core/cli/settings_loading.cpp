#include "core/cli/settings_loading.hpp"

#include <ostream>

namespace hookgate::cli {

std::optional<config::Loaded> loadSettings(const Arguments& arguments, const Terminal& terminal) {
    auto loaded = config::load(config::processEnvironment(), arguments.option("--config"));
    if (loaded) return std::move(*loaded);
    const auto& problems = loaded.error();
    terminal.err << "hookgate: the configuration has " << problems.size()
                 << (problems.size() == 1 ? " problem:\n" : " problems:\n");
    for (const auto& problem : problems)
        terminal.err << "  " << problem.key << ": " << problem.text << '\n';
    terminal.err.flush();
    return std::nullopt;
}

} // namespace hookgate::cli
