#include "core/config/defaults.hpp"

#include <filesystem>
#include <system_error>

#include <unistd.h>

namespace hookgate::config {
namespace {

std::string pluginsBesideExecutable() {
    std::error_code error;
    const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return "plugins";
    return (executable.parent_path().parent_path() / "plugins").string();
}

} // namespace

Settings defaultSettings(Environment environment) {
    Settings settings;
    settings.app_env = environment;
    settings.plugins_dir = pluginsBesideExecutable();
    settings.integrations_file = "config/integrations.json";
    if (environment == Environment::Development) settings.management_api_key = kDemoManagementKey;
    settings.log_json = ::isatty(STDERR_FILENO) == 0;
    return settings;
}

} // namespace hookgate::config
