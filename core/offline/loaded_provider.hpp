#pragma once

#include "core/base/result.hpp"
#include "core/plugin/check/vectors.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/registry.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace hookgate::offline {

// A provider's code and the requests that came with it, for commands that work beside the gateway.
struct LoadedProvider {
    plugin::ProviderType type{};
    std::vector<plugin::check::Vector> vectors{}; // of this provider
};

// Every provider that the registry serves, in the order of their names.
std::vector<std::string> providersOf(const plugin::Registry& registry);

// The error says what there is instead. REQUIRES: `registry` was loaded from `plugins_dir`.
base::Result<LoadedProvider, std::string> loadProvider(const plugin::Registry& registry,
                                                       const std::filesystem::path& plugins_dir,
                                                       const std::string& provider);

} // namespace hookgate::offline
