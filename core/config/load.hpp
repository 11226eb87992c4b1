#pragma once

#include "core/base/result.hpp"
#include "core/config/settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace hookgate::config {

// One thing the operator has to change. The text names what is wrong and what to do; it never tells
// a secret.
struct Problem {
    std::string key; // or the file, when the file itself is the problem
    std::string text;
};

enum class Source { Environment, File, Default };

// "environment", "file", "default".
std::string_view nameOf(Source source) noexcept;

// One key as it is in force, fit to be shown: secrets are masked.
struct Entry {
    std::string key;
    std::string value;
    Source source = Source::Default;
};

struct Loaded {
    Settings settings;
    std::vector<Entry> entries; // every key, in the order of the documentation
};

// The environment of this process.
Variables processEnvironment();

// Environment over `file` (properties: KEY=value; empty path: none) over defaults, checked as a
// whole: all problems are found at once. An empty value counts as unset. A key in the file that no
// part of the gateway knows is a problem; in the environment it is somebody else's.
base::Result<Loaded, std::vector<Problem>> load(const Variables& environment,
                                                const std::filesystem::path& file);

} // namespace hookgate::config
