#pragma once

#include "core/base/result.hpp"
#include "core/plugin/generation.hpp"
#include "core/plugin/instance_settings.hpp"
#include "core/plugin/plugin_info.hpp"
#include "core/plugin/provider.hpp"
#include "core/plugin/trust/trust.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// Makes an instance of a provider for one integration; the error says what the operator has to
// change. Every instance of a registry is made by its factory: what guards or isolates plugins
// wraps this function. Called from any thread.
using InstanceFactory = std::function<base::Result<std::shared_ptr<const Provider>, std::string>(
    const ProviderType& type, const InstanceSettings& settings)>;

// Tries a plugin's bytes before this process loads them; not empty: why it is refused. Called from
// several threads at once.
using PluginTrial = std::function<std::string(std::string_view name, std::string_view bytes)>;

// What could serve next. Nothing of it does yet.
struct CandidateGeneration {
    std::shared_ptr<const Generation> generation{}; // null: something was refused
    std::vector<RefusedPlugin> refused{};
    std::vector<PluginChange> changes{}; // from the generation that serves; empty: none
};

// The plugins of one directory: every `*.so` in the order of its name, dotfiles and
// sub-directories aside. Each is opened once, checked (trust/), and loaded from a private copy,
// which stays loaded for the life of the process. A file that may not run, is no plugin, or is not
// one of this ABI, is refused with a reason; two files
// that name one provider are both refused. All problems are found at once.
//
// What serves is a generation. The first is made of what could be loaded at the start; later ones
// are staged from the directory as it is then, or from what served before, and published as a
// whole or not at all. Safe to use from any thread, except that one at a time may stage and
// publish.
class Registry {
public:
    struct Options {
        std::filesystem::path directory{};
        PluginTrial trial{};        // empty: none
        IsolatedLoading isolated{}; // empty: every plugin runs in this process
        TrustOptions trust{};
    };

    // Loads the first generation, without what is refused.
    Registry(Options options, InstanceFactory factory);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    std::shared_ptr<const Generation> current() const;

    // The files of the first generation, and those that are not in it.
    const std::vector<PluginInfo>& plugins() const noexcept;
    const std::vector<RefusedPlugin>& refused() const noexcept;

    bool knows(std::string_view provider) const;

    // An instance for one integration; the error says what the operator has to change. The
    // provider may outlive the registry.
    base::Result<std::shared_ptr<const Provider>, std::string> create(
        const InstanceSettings& settings) const;
    base::Result<std::shared_ptr<const Provider>, std::string> create(
        const Generation& generation, const InstanceSettings& settings) const;

    // The directory as it is now. A file with a hash that is loaded already is not loaded again.
    // One refused file refuses the whole; a file that names a provider of another file that serves
    // is refused, and the other is not.
    CandidateGeneration stage();

    // The generation that serves, with the plugin behind a provider as it was before. Refused when
    // this process knows no other, or when it would bring a provider that another file serves.
    CandidateGeneration stageRollback(std::string_view provider);

    // From now on the candidate serves. REQUIRES: it has a generation, and nothing was published
    // since it was staged.
    void publish(const CandidateGeneration& candidate);

    // Files that were not tried yet are refused from now on: the process is about to end. From any
    // thread.
    void stopTrials() noexcept;

    // How many libraries this process has mapped, serving or not.
    std::size_t librariesMapped() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::plugin
