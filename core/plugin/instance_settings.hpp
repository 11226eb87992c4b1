#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hookgate::plugin {

// One secret as resolved; several while a secret is being rotated.
struct Secret {
    std::string key_id{};
    std::string bytes{};
};

// What an integration gives to its instance of a provider.
struct InstanceSettings {
    std::string provider{};
    std::string integration{};     // its name, for messages
    std::vector<Secret> secrets{}; // newest first
    std::string settings_json = "{}";
    std::optional<std::chrono::milliseconds> tolerance{}; // instead of the contract's
    std::string alias{}; // the word in the URL when it is not the provider's name
};

} // namespace hookgate::plugin
