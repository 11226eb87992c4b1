#pragma once

#include <filesystem>
#include <vector>

namespace hookgate::plugin {

// The plugin files of a directory in the order of their names: `*.so`, without dotfiles and
// sub-directories. Throws std::filesystem::filesystem_error.
std::vector<std::filesystem::path> pluginFiles(const std::filesystem::path& directory);

} // namespace hookgate::plugin
