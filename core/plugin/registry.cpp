#include "core/plugin/registry.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <algorithm>
#include <map>
#include <system_error>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kHashShown = 12;

// A file that loaded, before it is known whether another one names the same provider.
struct Candidate {
    PluginInfo info;
    std::vector<ProviderType> types;
};

base::Result<Candidate, std::string> load(const std::filesystem::path& path) {
    auto bytes = readPluginFile(path);
    if (!bytes) return base::Error{std::move(bytes.error())};
    if (auto inspection = inspect(*bytes); !inspection.refusal.empty())
        return base::Error{std::move(inspection.refusal)};
    const auto name = path.filename().string();
    auto library = Library::load(name, *bytes);
    if (!library) return base::Error{std::move(library.error())};
    auto descriptor = readDescriptor((*library)->plugin(), (*library)->image());
    if (!descriptor) return base::Error{std::move(descriptor.error())};

    Candidate candidate{.info = {.file = name,
                                 .version = std::move(descriptor->version),
                                 .abi = std::move(descriptor->abi),
                                 .sha256 = base::toHex(base::sha256(*bytes))},
                        .types = std::move(descriptor->providers)};
    for (auto& type : candidate.types) {
        type.library = *library;
        candidate.info.providers.push_back(type.info);
    }
    return candidate;
}

// The plugin files of a directory in the order of their names; throws std::filesystem_error.
std::vector<std::filesystem::path> pluginFiles(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        const auto name = entry.path().filename().string();
        if (name.starts_with('.') || entry.path().extension() != ".so") continue;
        std::error_code unknown;
        if (!entry.is_directory(unknown)) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

// Files that name a provider which another one names too, with what to do about it.
std::map<std::string, std::string> rivals(const std::vector<Candidate>& candidates) {
    std::map<std::string, std::vector<const PluginInfo*>, std::less<>> by_provider;
    for (const auto& candidate : candidates)
        for (const auto& provider : candidate.info.providers)
            by_provider[provider.name].push_back(&candidate.info);
    std::map<std::string, std::string> problems;
    for (const auto& [provider, files] : by_provider) {
        if (files.size() < 2) continue;
        std::string list;
        for (const auto* const file : files)
            list += (list.empty() ? "" : ", ") + file->file + " (version " + file->version +
                    ", sha256 " + file->sha256.substr(0, kHashShown) + ")";
        for (const auto* const file : files)
            problems[file->file] = "provider '" + provider + "' is named by " + list +
                                   "; remove all but one of these files";
    }
    return problems;
}

} // namespace

struct Registry::Impl {
    base::Log& log;
    const base::Clock& clock;
    CallObserver observer;
    std::vector<PluginInfo> plugins{};
    std::vector<RefusedPlugin> refused{};
    std::map<std::string, ProviderType, std::less<>> types{};

    void loadAll(const std::filesystem::path& directory) {
        std::vector<std::filesystem::path> files;
        try {
            files = pluginFiles(directory);
        } catch (const std::filesystem::filesystem_error& e) {
            refused.push_back(
                {directory.string(), "the plugins directory cannot be read: " + e.code().message() +
                                         "; create it or set PLUGINS_DIR"});
            return;
        }
        std::vector<Candidate> candidates;
        for (const auto& file : files) {
            auto candidate = load(file);
            if (candidate)
                candidates.push_back(std::move(*candidate));
            else
                refused.push_back({file.filename().string(), std::move(candidate.error())});
        }
        const auto problems = rivals(candidates);
        for (auto& candidate : candidates) {
            if (const auto problem = problems.find(candidate.info.file);
                problem != problems.end()) {
                refused.push_back({problem->first, problem->second});
                continue;
            }
            for (auto& type : candidate.types) {
                const auto name = type.info.name;
                types.emplace(name, std::move(type));
            }
            plugins.push_back(std::move(candidate.info));
        }
    }
};

Registry::Registry(const std::filesystem::path& directory, base::Log& log, const base::Clock& clock,
                   CallObserver observer) {
    auto impl = std::make_unique<Impl>(Impl{log, clock, std::move(observer)});
    impl->loadAll(directory);
    impl_ = std::move(impl);
}

Registry::~Registry() = default;

const std::vector<PluginInfo>& Registry::plugins() const noexcept {
    return impl_->plugins;
}

const std::vector<RefusedPlugin>& Registry::refused() const noexcept {
    return impl_->refused;
}

bool Registry::knows(std::string_view provider) const noexcept {
    return impl_->types.find(provider) != impl_->types.end();
}

base::Result<std::shared_ptr<const Provider>, std::string> Registry::create(
    const InstanceSettings& settings) const {
    const auto type = impl_->types.find(settings.provider);
    if (type == impl_->types.end())
        return base::Error{"no plugin provides '" + settings.provider +
                           "'; put its .so into the plugins directory and restart"};
    auto provider = ProviderInProcess::create(type->second, settings,
                                              {impl_->log, impl_->clock, impl_->observer});
    if (!provider) return base::Error{std::move(provider.error())};
    return std::shared_ptr<const Provider>{std::move(*provider)};
}

} // namespace hookgate::plugin
