#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hookgate::cli {

// Puts a file in the place of what has that name, on the disk before the name changes: whoever
// reads meanwhile, and whoever reads after a crash, sees the old one or the new one. Everybody may
// read it. What went wrong, or empty.
std::string replaceFile(const std::filesystem::path& path, std::string_view content);

} // namespace hookgate::cli
