#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// What can be told of a plugin file without running any of it.
struct Inspection {
    std::string refusal;                // not empty: it cannot be loaded, and what to do about it
    std::vector<std::string> providers; // as its manifest names them; empty without a manifest
    std::vector<std::string> vectors;   // JSON texts that came with it, for `plugins check`
    std::vector<std::string> style;     // what is wrong with its build, though it would load
};

// `bytes` are the whole file.
Inspection inspect(std::string_view bytes);

} // namespace hookgate::plugin
