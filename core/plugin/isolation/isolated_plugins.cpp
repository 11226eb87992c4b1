#include "core/plugin/isolation/isolated_plugins.hpp"

#include "core/plugin/isolation/description.hpp"
#include "core/plugin/isolation/wire.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace hookgate::plugin::isolation {

IsolatedLoading isolatedLoading(bool all, std::vector<std::string> providers,
                                IsolationOptions options, Starter& starter) {
    IsolatedLoading loading;
    loading.wanted = [all, providers](const std::vector<std::string>& manifest) {
        const auto isolated = [&](const std::string& provider) {
            return std::find(providers.begin(), providers.end(), provider) != providers.end();
        };
        if (all || manifest.empty()) return all || !providers.empty();
        return std::any_of(manifest.begin(), manifest.end(), isolated);
    };
    loading.describe = [options = std::move(options), &starter](
                           std::string_view name, std::shared_ptr<const base::FileDescriptor> copy)
        -> base::Result<Descriptor, std::string> {
        const auto told = starter.startAndWait({.path = options.program,
                                                .plugin = std::string{name},
                                                .code = std::move(copy),
                                                .memory_bytes_max = options.memory_bytes_max},
                                               std::string{Writer{Kind::Describe}.frame()});
        if (!told) return base::Error{told.error()};
        return readDescription(told->answer);
    };
    return loading;
}

InstanceFactory withIsolation(InstanceFactory others, IsolationOptions options, Starter& starter,
                              base::Log& log, const base::Clock& clock) {
    return [others = std::move(others), options = std::move(options), &starter, &log, &clock](
               const ProviderType& type, const InstanceSettings& settings)
               -> base::Result<std::shared_ptr<const Provider>, std::string> {
        if (!type.isolated) return others(type, settings);
        auto provider = ProviderIsolated::create(type, settings, options, starter, log, clock);
        if (!provider) return base::Error{std::move(provider.error())};
        return std::shared_ptr<const Provider>{std::move(*provider)};
    };
}

std::string programBesideThis() {
    std::error_code unknown;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return (self.parent_path() / "hookgate-plugin-host").string();
}

} // namespace hookgate::plugin::isolation
