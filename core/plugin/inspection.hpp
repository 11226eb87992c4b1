#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// What the manifest says, which the loader reads without running any code.
struct Manifest {
    bool present = false;
    std::string abi{};
    std::string version{};
    std::vector<std::string> providers{};
};

// What can be told of a plugin file without running any of it.
struct Inspection {
    std::string refusal{}; // not empty: it cannot be loaded, and what to do about it
    Manifest manifest{};
    std::vector<std::string> vectors{}; // JSON texts that came with it, for `plugins check`
};

// `bytes` are the whole file.
Inspection inspect(std::string_view bytes);

} // namespace hookgate::plugin
