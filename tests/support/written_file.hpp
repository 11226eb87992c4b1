#pragma once

#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>

namespace hookgate::testing_support {

// A file of that content in the test's directory; nobody but its owner may read it.
inline std::filesystem::path writeFile(const TemporaryDirectory& directory, std::string_view name,
                                       std::string_view content) {
    auto path = directory.path() / name;
    std::ofstream{path, std::ios::binary} << content;
    std::filesystem::permissions(path, std::filesystem::perms{0600});
    return path;
}

} // namespace hookgate::testing_support
