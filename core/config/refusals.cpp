#include "core/config/refusals.hpp"

#include "core/config/defaults.hpp"
#include "core/config/file_access.hpp"
#include "core/config/keys.hpp"
#include "core/config/values.hpp"

#include <algorithm>
#include <initializer_list>

namespace hookgate::config {
namespace {

constexpr auto kManagementKey = "MANAGEMENT_API_KEY";
constexpr std::size_t kKeyLengthMin = 16;
constexpr std::string_view kMakeKey = "make one with: openssl rand -hex 32";

bool readable(const std::vector<Problem>& problems, std::initializer_list<std::string_view> keys) {
    return std::ranges::none_of(problems, [&](const Problem& problem) {
        return std::ranges::find(keys, problem.key) != keys.end();
    });
}

void contradictions(const Settings& settings, std::vector<Problem>& problems) {
    if (readable(problems, {"RETRY_MAX_DELAY_MS", "RETRY_BASE_DELAY_MS"}) &&
        settings.retry_max_delay < settings.retry_base_delay)
        problems.push_back({"RETRY_MAX_DELAY_MS",
                            "is less than RETRY_BASE_DELAY_MS; raise it, or lower the other"});
    if (readable(problems, {"MAX_BUFFERED_BYTES", "MAX_BODY_BYTES"}) &&
        settings.max_buffered_bytes < settings.max_body_bytes)
        problems.push_back({"MAX_BUFFERED_BYTES",
                            "is less than MAX_BODY_BYTES, so that the largest body could never be "
                            "taken; raise it, or lower the other"});
    const bool same_address = settings.management_host == settings.app_host &&
                              settings.management_port == settings.app_port;
    if (readable(problems, {"APP_HOST", "APP_PORT"}) && same_address && settings.app_port != 0)
        problems.push_back(
            {"MANAGEMENT_ADDRESS",
             "is the address of APP_HOST and APP_PORT; choose another port, or leave "
             "it empty to serve everything on one"});
}

void pluginTrust(const Settings& settings, std::vector<Problem>& problems) {
    if (!readable(problems, {"PLUGIN_TRUST", "PLUGIN_KEYS_FILE"})) return;
    const bool wants_keys = settings.plugin_trust == PluginTrust::Signed;
    if (wants_keys && settings.plugin_keys_file.empty())
        problems.push_back({"PLUGIN_KEYS_FILE",
                            "is not set, and PLUGIN_TRUST=signed needs it: a file of public keys "
                            "in PEM"});
    if (!wants_keys && !settings.plugin_keys_file.empty())
        problems.push_back({"PLUGIN_KEYS_FILE",
                            "is set, and without PLUGIN_TRUST=signed no signature is looked at; "
                            "set that, or leave this empty"});
}

bool canTravelInHeader(std::string_view key) noexcept {
    return std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

void managementKey(const Settings& settings, std::vector<Problem>& problems) {
    const auto& key = settings.management_api_key;
    if (!canTravelInHeader(key))
        problems.push_back(
            {kManagementKey,
             "holds spaces or characters that a header cannot carry; " + std::string{kMakeKey}});
    if (settings.app_env != Environment::Production) return;
    if (key.empty())
        problems.push_back(
            {kManagementKey, "is not set, and production needs it; " + std::string{kMakeKey}});
    else if (key.size() < kKeyLengthMin)
        problems.push_back(
            {kManagementKey,
             "is shorter than 16 characters, too short for production; " + std::string{kMakeKey}});
    else if (key == kDemoManagementKey)
        problems.push_back(
            {kManagementKey,
             "is the key of the documentation, which everybody knows; " + std::string{kMakeKey}});
}

bool isSecret(std::string_view name, std::string_view text) {
    const auto* key = findKey(name);
    if (key == nullptr) return name.ends_with("_WEBHOOK_SECRET");
    return key->secrecy == Secrecy::Secret || (key->secrecy == Secrecy::Url && hasPassword(text));
}

void readableByAll(const Layers& layers, const std::filesystem::path& file,
                   std::vector<Problem>& problems) {
    if (file.empty() || !isWorldReadable(file.string())) return;
    for (const auto& name : layers.fileKeys()) {
        if (layers.source(name) != Source::File) continue;
        if (!isSecret(name, layers.text(name).value_or(""))) continue;
        problems.push_back({file.string(), "holds a secret (" + name +
                                               ") and can be read by everybody; chmod o-rwx " +
                                               file.string()});
        return;
    }
}

} // namespace

void refuse(const Settings& settings, const Layers& layers, const std::filesystem::path& file,
            std::vector<Problem>& problems) {
    contradictions(settings, problems);
    pluginTrust(settings, problems);
    // Without an APP_ENV nobody knows what is asked for.
    if (!readable(problems, {"APP_ENV"})) return;
    managementKey(settings, problems);
    if (settings.app_env == Environment::Production) readableByAll(layers, file, problems);
}

} // namespace hookgate::config
