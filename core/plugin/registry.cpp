#include "core/plugin/registry.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/base/thread.hpp"
#include "core/plugin/inspection.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kTrialThreadsMax = 4;

// A file that passed everything that can be told without running it.
struct AdmittedFile {
    std::string name{};
    std::string bytes{};
    std::string sha256{};
    std::vector<std::string> providers{}; // as its manifest names them
};

base::Result<AdmittedFile, std::string> admit(const PluginFolder& folder, const Trust& trust,
                                              const std::string& name) {
    auto bytes = folder.read(name);
    if (!bytes) return base::Error{std::move(bytes.error())};
    auto sha256 = base::toHex(base::sha256(*bytes));
    if (auto refusal = trust.refusal(name, *bytes, sha256); !refusal.empty())
        return base::Error{std::move(refusal)};
    auto inspection = inspect(*bytes);
    if (!inspection.refusal.empty()) return base::Error{std::move(inspection.refusal)};
    return AdmittedFile{name, std::move(*bytes), std::move(sha256),
                        std::move(inspection.manifest.providers)};
}

ServedPlugin serve(std::string file, std::shared_ptr<const PluginCode> code) {
    ServedPlugin plugin;
    plugin.info = {.file = std::move(file),
                   .version = code->version,
                   .abi = code->abi,
                   .sha256 = code->sha256};
    for (const auto& type : code->providers)
        plugin.info.providers.push_back(type.info);
    plugin.code = std::move(code);
    return plugin;
}

// The same code in the same file has served since it was there first.
void keepAge(std::vector<ServedPlugin>& plugins, const Generation& current) {
    for (auto& plugin : plugins)
        for (const auto& served : current.plugins())
            if (served.info.file == plugin.info.file && served.code == plugin.code)
                plugin.since = served.since;
}

} // namespace

struct Registry::Impl {
    // What a directory holds.
    struct Found {
        std::vector<ServedPlugin> plugins{};
        std::vector<RefusedPlugin> refused{};
    };

    Impl(Options given, InstanceFactory make)
        : options{std::move(given)},
          factory{std::move(make)},
          codes{options.isolated} {}

    // `all_or_nothing`: once something is refused, nothing more is loaded.
    Found lookAtDirectory(bool all_or_nothing);
    std::vector<AdmittedFile> admitFiles(std::vector<RefusedPlugin>& refused) const;
    // Takes out what does not pass its trial.
    void tryFiles(std::vector<AdmittedFile>& files, std::vector<RefusedPlugin>& refused) const;

    CandidateGeneration candidate(std::vector<ServedPlugin> plugins) const;

    std::shared_ptr<const Generation> generation() const {
        const std::lock_guard lock{mutex};
        return current;
    }

    const Options options;
    const InstanceFactory factory;
    std::vector<PluginInfo> first_plugins{};
    std::vector<RefusedPlugin> first_refused{};
    // What served each provider before what serves it now. For whoever stages and publishes.
    std::map<std::string, ServedPlugin, std::less<>> previous{};
    PluginCodes codes;
    std::atomic<bool> stopping{false};

    mutable std::mutex mutex{};
    std::shared_ptr<const Generation> current =
        std::make_shared<Generation>(0, std::vector<ServedPlugin>{});
    std::size_t mapped = 0;
};

std::vector<AdmittedFile> Registry::Impl::admitFiles(std::vector<RefusedPlugin>& refused) const {
    const auto directory = options.directory.string();
    const auto folder = PluginFolder::open(options.directory, options.trust.access);
    if (!folder) {
        refused.push_back({directory, folder.error()});
        return {};
    }
    std::vector<std::string> names;
    try {
        names = folder->pluginNames();
    } catch (const std::filesystem::filesystem_error& e) {
        refused.push_back({directory, "the plugins directory cannot be listed: " +
                                          e.code().message() + "; give the gateway access to it"});
    }
    const Trust trust{*folder, options.trust};
    std::vector<AdmittedFile> admitted;
    for (const auto& name : names) {
        auto file = admit(*folder, trust, name);
        if (file)
            admitted.push_back(std::move(*file));
        else
            refused.push_back({name, std::move(file.error())});
    }
    return admitted;
}

void Registry::Impl::tryFiles(std::vector<AdmittedFile>& files,
                              std::vector<RefusedPlugin>& refused) const {
    if (!options.trial) return;
    std::vector<AdmittedFile*> unknown;
    for (auto& file : files)
        if (!codes.knows(file.sha256)) unknown.push_back(&file);
    std::vector<std::string> problems(unknown.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (auto i = next++; i < unknown.size(); i = next++)
            problems[i] = stopping ? std::string{"the gateway is about to stop"}
                                   : options.trial(unknown[i]->name, unknown[i]->bytes);
    };
    {
        const auto count = std::min<std::size_t>(
            {std::thread::hardware_concurrency(), kTrialThreadsMax, unknown.size()});
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < count; ++i)
            threads.push_back(base::startThread("plugin-trial", work));
        work();
    }
    for (std::size_t i = 0; i < unknown.size(); ++i)
        if (!problems[i].empty()) refused.push_back({unknown[i]->name, std::move(problems[i])});
    std::erase_if(files, [&](const AdmittedFile& file) {
        return std::any_of(refused.begin(), refused.end(),
                           [&](const auto& each) { return each.file == file.name; });
    });
}

Registry::Impl::Found Registry::Impl::lookAtDirectory(bool all_or_nothing) {
    Found found;
    auto files = admitFiles(found.refused);
    tryFiles(files, found.refused);
    if (all_or_nothing && !found.refused.empty()) return found;
    for (auto& file : files) {
        auto code = codes.load(file.name, file.bytes, file.sha256, file.providers);
        if (code)
            found.plugins.push_back(serve(std::move(file.name), std::move(*code)));
        else
            found.refused.push_back({std::move(file.name), std::move(code.error())});
    }
    const std::lock_guard lock{mutex};
    mapped = codes.mapped();
    return found;
}

CandidateGeneration Registry::Impl::candidate(std::vector<ServedPlugin> plugins) const {
    const auto serving = generation();
    keepAge(plugins, *serving);
    CandidateGeneration candidate;
    candidate.generation = std::make_shared<Generation>(serving->number() + 1, std::move(plugins));
    candidate.changes = changesBetween(*serving, *candidate.generation);
    return candidate;
}

Registry::Registry(Options options, InstanceFactory factory)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(factory))} {
    auto found = impl_->lookAtDirectory(false);
    const auto problems = rivalsAmong(found.plugins, *impl_->current);
    for (const auto& [file, problem] : problems)
        found.refused.push_back({file, problem});
    std::erase_if(found.plugins,
                  [&](const auto& plugin) { return problems.count(plugin.info.file) > 0; });
    for (const auto& plugin : found.plugins)
        impl_->first_plugins.push_back(plugin.info);
    impl_->first_refused = std::move(found.refused);
    impl_->current = std::make_shared<Generation>(1, std::move(found.plugins));
}

Registry::~Registry() = default;

std::shared_ptr<const Generation> Registry::current() const {
    return impl_->generation();
}

const std::vector<PluginInfo>& Registry::plugins() const noexcept {
    return impl_->first_plugins;
}

const std::vector<RefusedPlugin>& Registry::refused() const noexcept {
    return impl_->first_refused;
}

bool Registry::knows(std::string_view provider) const {
    return current()->find(provider) != nullptr;
}

base::Result<std::shared_ptr<const Provider>, std::string> Registry::create(
    const InstanceSettings& settings) const {
    return create(*current(), settings);
}

base::Result<std::shared_ptr<const Provider>, std::string> Registry::create(
    const Generation& generation, const InstanceSettings& settings) const {
    const auto* const type = generation.find(settings.provider);
    if (type == nullptr)
        return base::Error{"no plugin provides '" + settings.provider +
                           "'; put its .so into the plugins directory, then hookgate plugins "
                           "reload"};
    return impl_->factory(*type, settings);
}

CandidateGeneration Registry::stage() {
    auto found = impl_->lookAtDirectory(true);
    for (const auto& [file, problem] : rivalsAmong(found.plugins, *current()))
        found.refused.push_back({file, problem});
    return found.refused.empty() ? impl_->candidate(std::move(found.plugins))
                                 : CandidateGeneration{.refused = std::move(found.refused)};
}

CandidateGeneration Registry::stageRollback(std::string_view provider) {
    const auto previous = impl_->previous.find(provider);
    if (previous == impl_->previous.end())
        return {.refused = {{std::string{provider},
                             "this process has loaded no earlier version of it; put the file you "
                             "want into the plugins directory, then hookgate plugins reload"}}};
    const auto serving = current();
    const auto* const replaced = serving->pluginOf(provider);
    std::vector<ServedPlugin> plugins;
    for (const auto& plugin : serving->plugins())
        if (&plugin != replaced && plugin.info.file != previous->second.info.file)
            plugins.push_back(plugin);
    plugins.push_back(previous->second);
    plugins.back().since = 0;
    std::sort(plugins.begin(), plugins.end(),
              [](const auto& a, const auto& b) { return a.info.file < b.info.file; });
    if (const auto problems = rivalsAmong(plugins, *serving); !problems.empty())
        return {.refused = {{problems.begin()->first, problems.begin()->second}}};
    return impl_->candidate(std::move(plugins));
}

void Registry::publish(const CandidateGeneration& candidate) {
    const auto before = current();
    for (const auto& plugin : before->plugins())
        for (const auto& provider : plugin.info.providers) {
            const auto* const next = candidate.generation->pluginOf(provider.name);
            if (next == nullptr || next->code != plugin.code)
                impl_->previous.insert_or_assign(provider.name, plugin);
        }
    const std::lock_guard lock{impl_->mutex};
    impl_->current = candidate.generation;
}

void Registry::stopTrials() noexcept {
    impl_->stopping = true;
}

std::size_t Registry::librariesMapped() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->mapped;
}

} // namespace hookgate::plugin
