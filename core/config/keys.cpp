#include "core/config/keys.hpp"

#include "core/base/text.hpp"
#include "core/config/values.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

namespace hookgate::config {
namespace {

// ---- whole numbers and durations

template <auto Field, std::int64_t Least, std::int64_t Most>
std::string applyNumber(Settings& settings, std::string_view text) {
    auto number = readInteger(text, Least, Most);
    if (!number) return std::move(number.error());
    auto& field = settings.*Field;
    using Value = std::remove_reference_t<decltype(field)>;
    if constexpr (std::integral<Value>)
        field = static_cast<Value>(*number);
    else
        field = Value{*number};
    return {};
}

template <auto Field>
std::string showNumber(const Settings& settings) {
    const auto& field = settings.*Field;
    if constexpr (std::integral<std::remove_cvref_t<decltype(field)>>)
        return std::to_string(field);
    else
        return std::to_string(field.count());
}

template <auto Field, std::int64_t Least, std::int64_t Most>
constexpr Key number(std::string_view name) {
    return {name, Secrecy::Open, applyNumber<Field, Least, Most>, showNumber<Field>};
}

// ---- text

template <auto Field>
std::string applyText(Settings& settings, std::string_view text) {
    settings.*Field = text;
    return {};
}

template <auto Field>
std::string showText(const Settings& settings) {
    return settings.*Field;
}

template <auto Field>
constexpr Key text(std::string_view name, Secrecy secrecy = Secrecy::Open) {
    return {name, secrecy, applyText<Field>, showText<Field>};
}

using UrlCheck = std::string (*)(std::string_view url);

template <auto Field, UrlCheck Problem>
std::string applyUrl(Settings& settings, std::string_view text) {
    auto problem = Problem(text);
    if (problem.empty()) settings.*Field = text;
    return problem;
}

template <auto Field, UrlCheck Problem>
constexpr Key url(std::string_view name) {
    return {name, Secrecy::Url, applyUrl<Field, Problem>, showText<Field>};
}

// ---- lists of networks

template <auto Field>
std::string applyNetworks(Settings& settings, std::string_view text) {
    auto networks = readNetworks(text);
    if (!networks) return std::move(networks.error());
    settings.*Field = std::move(*networks);
    return {};
}

template <auto Field>
std::string showNetworks(const Settings& settings) {
    std::string list;
    for (const auto& network : settings.*Field) {
        if (!list.empty()) list += ',';
        list += network;
    }
    return list;
}

template <auto Field>
constexpr Key networks(std::string_view name) {
    return {name, Secrecy::Open, applyNetworks<Field>, showNetworks<Field>};
}

// ---- words

template <class Value>
using Word = std::pair<std::string_view, Value>;

constexpr std::array<Word<Environment>, 3> kEnvironments{{{"development", Environment::Development},
                                                          {"test", Environment::Test},
                                                          {"production", Environment::Production}}};

constexpr std::array<Word<PluginTrust>, 3> kPluginTrusts{
    {{"any", PluginTrust::Any}, {"pinned", PluginTrust::Pinned}, {"signed", PluginTrust::Signed}}};

constexpr std::array<Word<base::LogLevel>, 8> kLevels{{{"fatal", base::LogLevel::Fatal},
                                                       {"critical", base::LogLevel::Critical},
                                                       {"error", base::LogLevel::Error},
                                                       {"warning", base::LogLevel::Warning},
                                                       {"notice", base::LogLevel::Notice},
                                                       {"information", base::LogLevel::Information},
                                                       {"debug", base::LogLevel::Debug},
                                                       {"trace", base::LogLevel::Trace}}};

constexpr std::array<Word<bool>, 2> kLogFormats{{{"text", false}, {"json", true}}};

template <auto Field, const auto& Words>
std::string applyWord(Settings& settings, std::string_view text) {
    std::string known;
    for (const auto& [word, value] : Words) {
        if (word == text) {
            settings.*Field = value;
            return {};
        }
        known += known.empty() ? "" : ", ";
        known += word;
    }
    return "is none of " + known;
}

template <auto Field, const auto& Words>
std::string showWord(const Settings& settings) {
    for (const auto& [word, value] : Words)
        if (value == settings.*Field) return std::string{word};
    return {};
}

template <auto Field, const auto& Words>
constexpr Key word(std::string_view name) {
    return {name, Secrecy::Open, applyWord<Field, Words>, showWord<Field, Words>};
}

// ---- addresses

std::string applyHost(Settings& settings, std::string_view text) {
    if (!isHost(text)) return "is neither an address nor a host name";
    settings.app_host = text;
    return {};
}

std::string applyManagementAddress(Settings& settings, std::string_view text) {
    auto address = readHostAndPort(text);
    if (!address) return std::move(address.error());
    settings.management_host = std::move(address->host);
    settings.management_port = address->port;
    return {};
}

std::string showManagementAddress(const Settings& settings) {
    if (settings.management_host.empty()) return {};
    const bool v6 = settings.management_host.find(':') != std::string::npos;
    const auto host = v6 ? "[" + settings.management_host + "]" : settings.management_host;
    return host + ":" + std::to_string(settings.management_port);
}

// ---- plugins

constexpr std::string_view kNoPlugins = "none";

std::string applyPluginIsolation(Settings& settings, std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto name = base::trim(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (!base::isProviderName(name))
            return "is neither none nor all nor a list of provider names";
        names.emplace_back(name);
    }
    const auto stands_for_all = [](const auto& name) {
        return name == kAllPlugins || name == kNoPlugins;
    };
    if (names.size() > 1 && std::ranges::any_of(names, stands_for_all))
        return "names providers beside all or none";
    if (names.size() == 1 && names.front() == kNoPlugins) names.clear();
    settings.plugin_isolation = std::move(names);
    return {};
}

std::string showPluginIsolation(const Settings& settings) {
    std::string list;
    for (const auto& name : settings.plugin_isolation)
        list += (list.empty() ? "" : ",") + name;
    return list.empty() ? std::string{kNoPlugins} : list;
}

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kConnectionsMax = 1'000'000;

constexpr std::array kKeys{
    word<&Settings::app_env, kEnvironments>("APP_ENV"),
    Key{"APP_HOST", Secrecy::Open, applyHost, showText<&Settings::app_host>},
    number<&Settings::app_port, 0, 65'535>("APP_PORT"),
    Key{"MANAGEMENT_ADDRESS", Secrecy::Open, applyManagementAddress, showManagementAddress},
    url<&Settings::database_url, databaseUrlProblem>("DATABASE_URL"),
    url<&Settings::redis_url, redisUrlProblem>("REDIS_URL"),
    text<&Settings::plugins_dir>("PLUGINS_DIR"),
    word<&Settings::plugin_trust, kPluginTrusts>("PLUGIN_TRUST"),
    text<&Settings::plugin_keys_file>("PLUGIN_KEYS_FILE"),
    Key{"PLUGIN_ISOLATION", Secrecy::Open, applyPluginIsolation, showPluginIsolation},
    text<&Settings::run_dir>("RUN_DIR"),
    text<&Settings::integrations_file>("INTEGRATIONS_FILE"),
    text<&Settings::management_api_key>("MANAGEMENT_API_KEY", Secrecy::Secret),
    number<&Settings::webhook_rate_limit_per_minute, 0, 1'000'000'000>(
        "WEBHOOK_RATE_LIMIT_PER_MINUTE"),
    networks<&Settings::trusted_proxies>("TRUSTED_PROXIES"),
    number<&Settings::idempotency_ttl, 1, 366 * 86'400>("IDEMPOTENCY_TTL_SECONDS"),
    number<&Settings::processing_lock_ttl, 1, 86'400>("PROCESSING_LOCK_TTL_SECONDS"),
    number<&Settings::max_processing_retries, 1, 1000>("MAX_PROCESSING_RETRIES"),
    number<&Settings::retry_base_delay, 1, kDayMs>("RETRY_BASE_DELAY_MS"),
    number<&Settings::retry_max_delay, 1, 30 * kDayMs>("RETRY_MAX_DELAY_MS"),
    number<&Settings::max_body_bytes, 1, kGiB>("MAX_BODY_BYTES"),
    number<&Settings::max_buffered_bytes, 1, 1024 * kGiB>("MAX_BUFFERED_BYTES"),
    number<&Settings::max_connections, 1, kConnectionsMax>("MAX_CONNECTIONS"),
    number<&Settings::max_connections_per_peer, 1, kConnectionsMax>("MAX_CONNECTIONS_PER_PEER"),
    number<&Settings::ingest_timeout, 1, kHourMs>("INGEST_TIMEOUT_MS"),
    number<&Settings::delivery_timeout, 100, kHourMs>("DELIVERY_TIMEOUT_MS"),
    number<&Settings::shutdown_timeout, 0, kHourMs>("SHUTDOWN_TIMEOUT_MS"),
    number<&Settings::delivery_concurrency, 1, 10'000>("DELIVERY_CONCURRENCY"),
    networks<&Settings::callback_allowed_networks>("CALLBACK_ALLOWED_NETWORKS"),
    number<&Settings::retention_days, 1, 36'500>("RETENTION_DAYS"),
    word<&Settings::log_level, kLevels>("LOG_LEVEL"),
    word<&Settings::log_json, kLogFormats>("LOG_FORMAT"),
};

constexpr std::array<std::string_view, 2> kReferenceEndings{"_WEBHOOK_SECRET", "_CALLBACK_URL"};

constexpr bool isNameCharacter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

std::span<const Key> keys() noexcept {
    return kKeys;
}

const Key* findKey(std::string_view name) noexcept {
    const auto* found = std::ranges::find(kKeys, name, &Key::name);
    return found == kKeys.end() ? nullptr : found;
}

bool isReferenceKey(std::string_view name) noexcept {
    const auto ends_in = [&](std::string_view ending) {
        return name.size() > ending.size() && name.ends_with(ending);
    };
    return std::ranges::any_of(kReferenceEndings, ends_in) &&
           std::ranges::all_of(name, isNameCharacter);
}

std::string shown(const Key& key, std::string_view text) {
    switch (key.secrecy) {
        case Secrecy::Secret:
            return text.empty() ? std::string{} : std::string{kMask};
        case Secrecy::Url:
            return withoutPassword(text);
        case Secrecy::Open:
            break;
    }
    return std::string{text};
}

} // namespace hookgate::config
