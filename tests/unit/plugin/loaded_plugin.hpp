#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/plugin/provider_in_process.hpp"
#include "core/plugin/registry.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stdlib.h>

// HG_TEST_PLUGINS_DIR: where the faulty plugins are; HG_PLUGINS_DIR: where the real ones are.
namespace hookgate::plugin {

class RecordingLog final : public base::Log {
public:
    bool enabled(base::LogLevel) const noexcept override { return true; }

    void write(base::LogLevel, std::string_view event, base::LogFields fields) noexcept override {
        const std::lock_guard lock{mutex_};
        auto& line = lines_.emplace_back(event);
        for (const auto& field : fields)
            if (const auto* const text = std::get_if<std::string_view>(&field.value))
                line.append(" ").append(field.key).append("=").append(*text);
    }

    std::vector<std::string> lines() const {
        const std::lock_guard lock{mutex_};
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

// A plugins directory of its own, removed at the end.
class PluginsDirectory {
public:
    PluginsDirectory() {
        auto path = (std::filesystem::temp_directory_path() / "hookgate-plugins-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        path_ = path;
    }

    PluginsDirectory(const PluginsDirectory&) = delete;
    PluginsDirectory& operator=(const PluginsDirectory&) = delete;

    ~PluginsDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const noexcept { return path_; }

    // A plugin of tests/abi under a name.
    void add(const std::string& plugin, const std::string& as) const {
        std::filesystem::copy_file(testPlugin(plugin), path_ / as);
    }

    // Puts a plugin of tests/abi in the place of what has the name, as operators are told to.
    void replace(const std::string& plugin, const std::string& as) const {
        add(plugin, ".new");
        std::filesystem::rename(path_ / ".new", path_ / as);
    }

    void remove(const std::string& file) const { std::filesystem::remove(path_ / file); }

    static std::filesystem::path testPlugin(const std::string& plugin) {
        return std::filesystem::path{HG_TEST_PLUGINS_DIR} / ("abi_" + plugin + ".so");
    }

private:
    std::filesystem::path path_;
};

// One plugin of tests/abi, loaded by a registry.
class LoadedPlugin {
public:
    explicit LoadedPlugin(const std::string& plugin) {
        directory_.add(plugin, plugin + ".so");
        registry_ = std::make_unique<Registry>(Registry::Options{.directory = directory_.path()},
                                               inProcessInstances(log_, clock_));
        for (const auto& refused : registry_->refused())
            ADD_FAILURE() << refused.file << ": " << refused.reason;
    }

    base::Result<std::shared_ptr<const Provider>, std::string> create(
        const std::string& provider, const std::string& settings = "{}") const {
        return registry_->create({.provider = provider,
                                  .integration = "test",
                                  .secrets = {{"k1", "secret-of-the-test"}},
                                  .settings_json = settings});
    }

    const RecordingLog& log() const noexcept { return log_; }

private:
    PluginsDirectory directory_;
    RecordingLog log_;
    base::SystemClock clock_;
    std::unique_ptr<Registry> registry_;
};

} // namespace hookgate::plugin
