#pragma once

#include "core/plugin/contract.hpp"

#include <string>
#include <vector>

namespace hookgate::plugin {

// One provider as its plugin declares it.
struct ProviderInfo {
    std::string name{}; // the word in the URL
    std::string title{};
    std::string settings_schema{}; // JSON Schema of an integration's settings
    std::vector<std::string> secret_headers{};
    std::vector<std::string> methods{}; // of handshakes, beside POST
    bool formats = false;               // makes the callback's body itself
    bool signs_body = true; // false: the proof is a bare token that does not cover the body
    Contract contract{};
};

// One file that was loaded.
struct PluginInfo {
    std::string file{}; // name in the plugins directory
    std::string version{};
    std::string abi{};    // "1.0"
    std::string sha256{}; // hex, of the code that runs
    std::vector<ProviderInfo> providers{};
};

// One file that was not loaded, with what to do about it.
struct RefusedPlugin {
    std::string file{};
    std::string reason{};
};

} // namespace hookgate::plugin
