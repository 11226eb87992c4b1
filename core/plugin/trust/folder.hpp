#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// How carefully a plugins directory is looked at.
enum class AccessCheck {
    // No plugin file is a symbolic link, and neither it nor the directory can be written by
    // everybody.
    Lenient,
    // Also: the directory, its files and every parent belong to root or the process's own user and
    // cannot be written by their group or others (a parent may be, when it is sticky as /tmp is),
    // and no part of the path is a symbolic link.
    Strict
};

// A plugins directory, held open: what is read from it later is from the very directory that was
// checked. Every refusal names the path and what to do about it.
class PluginFolder {
public:
    static base::Result<PluginFolder, std::string> open(const std::filesystem::path& path,
                                                        AccessCheck check);

    // Of the plugin files, in their order: `*.so`, without dotfiles and sub-directories. Throws
    // std::filesystem::filesystem_error.
    std::vector<std::string> pluginNames() const;

    bool has(const std::string& name) const noexcept;

    // All bytes of one file, opened once; the checks are made on what is open.
    base::Result<std::string, std::string> read(const std::string& name) const;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    PluginFolder(std::filesystem::path path, base::FileDescriptor directory, AccessCheck check)
        : path_{std::move(path)},
          directory_{std::move(directory)},
          check_{check} {}

    std::filesystem::path path_;
    base::FileDescriptor directory_;
    AccessCheck check_;
};

// What is wrong with the owner and mode of a regular file that decides what is trusted; empty:
// nothing. Links to it do not matter.
std::string accessProblem(const std::filesystem::path& file, AccessCheck check);

} // namespace hookgate::plugin
