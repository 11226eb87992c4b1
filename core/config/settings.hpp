#pragma once

#include "core/base/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hookgate::config {

enum class Environment { Development, Test, Production };

// Which plugin files may run: all, those of plugins.lock, those that are signed.
enum class PluginTrust { Any, Pinned, Signed };

// Name to value; a name without value is not in it.
using Variables = std::map<std::string, std::string, std::less<>>;

// Stands for every provider in Settings::plugin_isolation.
inline constexpr const char* kAllPlugins = "all";

// What is in force, validated and immutable: made once at start, passed down as plain values.
// Each field is named after its key (README, "Configuration").
struct Settings {
    Environment app_env = Environment::Development;
    std::string app_host = "127.0.0.1";
    std::uint16_t app_port = 8080;
    std::string management_host; // empty: keyed routes share the first listener
    std::uint16_t management_port = 0;
    std::string database_url = "sqlite:data/hookgate.db";
    std::string redis_url; // empty: in-process
    std::string plugins_dir;
    PluginTrust plugin_trust = PluginTrust::Any;
    std::string plugin_keys_file;              // for Signed
    std::vector<std::string> plugin_isolation; // provider names; kAllPlugins alone: every one
    std::string run_dir;                       // empty: beside the SQLite database, if it is one
    std::string integrations_file;
    std::string management_api_key;
    std::int64_t webhook_rate_limit_per_minute = 6000; // 0: off
    std::vector<std::string> trusted_proxies;          // CIDR
    std::chrono::seconds idempotency_ttl{86'400};
    std::chrono::seconds processing_lock_ttl{60};
    int max_processing_retries = 20; // sends per generation
    std::chrono::milliseconds retry_base_delay{5000};
    std::chrono::milliseconds retry_max_delay{3'600'000};
    std::size_t max_body_bytes = std::size_t{1024} * 1024;
    std::size_t max_buffered_bytes = std::size_t{64} * 1024 * 1024;
    std::size_t max_connections = 10'000;
    std::size_t max_connections_per_peer = 1024;
    std::chrono::milliseconds ingest_timeout{2000};
    std::chrono::milliseconds delivery_timeout{15'000};
    std::chrono::milliseconds shutdown_timeout{8000};
    std::size_t delivery_concurrency = 64;              // per integration
    std::vector<std::string> callback_allowed_networks; // CIDR; empty: the default policy
    int retention_days = 90;
    base::LogLevel log_level = base::LogLevel::Information;
    bool log_json = true;
    // What the integrations file may refer to by name: the process environment, over the
    // *_WEBHOOK_SECRET and *_CALLBACK_URL of the configuration file. Never shown.
    Variables variables;
};

} // namespace hookgate::config
