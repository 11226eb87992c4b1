#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/result.hpp"
#include "core/plugin/contract.hpp"
#include "core/plugin/provider.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

// Tells how long a call into a plugin took. step: verify, normalize, format. Called on the thread
// of the call; must not throw.
using CallObserver = std::function<void(std::string_view provider, std::string_view step,
                                        std::chrono::microseconds took)>;

// The plugins of one directory: every `*.so` in the order of its name, dotfiles and
// sub-directories aside. Each is loaded from a private copy and stays loaded for the life of the
// process. A file that is no plugin, or not one of this ABI, is refused with a reason; two files
// that name one provider are both refused. All problems are found at once, and a gateway does not
// start while there is one. Immutable once made; safe to use from any thread.
class Registry {
public:
    // log, clock outlive the registry and every provider made by it.
    Registry(const std::filesystem::path& directory, base::Log& log, const base::Clock& clock,
             CallObserver observer = {});
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    const std::vector<PluginInfo>& plugins() const noexcept;
    const std::vector<RefusedPlugin>& refused() const noexcept;

    bool knows(std::string_view provider) const noexcept;

    // An instance for one integration; the error says what the operator has to change. The
    // provider may outlive the registry.
    base::Result<std::shared_ptr<const Provider>, std::string> create(
        const InstanceSettings& settings) const;

private:
    struct Impl;
    std::unique_ptr<const Impl> impl_;
};

} // namespace hookgate::plugin
