#pragma once

#include "core/http/message.hpp"
#include "core/plugin/call_figures.hpp"
#include "core/plugin/generation.hpp"
#include "core/plugin/reload_report.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace hookgate::management {

// The plugins of this process at one moment.
struct PluginsState {
    std::shared_ptr<const plugin::Generation> generation{};
    std::map<std::string, std::shared_ptr<const plugin::ProviderCalls>, std::less<>>
        calls{};                                      // by provider
    std::map<std::string, std::string> quarantined{}; // reasons by provider
    std::size_t libraries_mapped = 0;
    std::optional<plugin::ReloadReport> last_report{}; // the last that was no dry run
};

// What can be asked about the plugins of this process and done to them. Safe to call from any
// thread; blocks for as long as it takes.
class PluginOperations {
public:
    virtual ~PluginOperations() = default;
    virtual PluginsState state() const = 0;
    // `actor` goes into the audit trail. nullopt: another one is under way.
    virtual std::optional<plugin::ReloadReport> reload(bool dry_run, const std::string& actor) = 0;
    virtual std::optional<plugin::ReloadReport> rollback(const std::string& provider,
                                                         const std::string& actor) = 0;
};

// GET /plugins, POST /plugins/reload and POST /plugins/rollback, of the process that is asked. Any
// number of threads at once.
class Plugins {
public:
    Plugins(PluginOperations& operations, std::string key_name)
        : operations_{operations},
          key_name_{std::move(key_name)} {}

    http::Reply show(const http::Request& request) const;
    http::Reply reload(const http::Request& request) const;
    http::Reply rollback(const http::Request& request) const;

private:
    PluginOperations& operations_;
    const std::string key_name_;
};

} // namespace hookgate::management
