#include "core/plugin/plugin_files.hpp"

#include <algorithm>
#include <system_error>

namespace hookgate::plugin {

std::vector<std::filesystem::path> pluginFiles(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        const auto name = entry.path().filename().string();
        if (name.starts_with('.') || entry.path().extension() != ".so") continue;
        std::error_code unknown;
        if (!entry.is_directory(unknown)) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace hookgate::plugin
