#include "core/store/postgresql/connect_settings.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace hookgate::store::postgresql {
namespace {

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

std::string* find(ConnectSettings& settings, std::string_view keyword) {
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [&](const auto& setting) { return setting.first == keyword; });
    return found == settings.end() ? nullptr : &found->second;
}

ConnectSettings parse(const std::string& url) {
    char* error = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options{
        ::PQconninfoParse(url.c_str(), &error), ::PQconninfoFree};
    const std::unique_ptr<char, void (*)(void*)> message{error, ::PQfreemem};
    // The message of libpq quotes the string, with its password.
    if (!options)
        throw StoreError{
            "not a PostgreSQL connection string: expected "
            "postgresql://[user[:password]@]host[:port][,...]/database[?...]",
            false};
    ConnectSettings settings;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr) settings.emplace_back(option->keyword, option->val);
    return settings;
}

void addMissing(ConnectSettings& settings, const ConnectOptions& options) {
    const std::vector<std::pair<const char*, std::string>> defaults{
        {"application_name", options.application_name},
        {"client_encoding", "UTF8"},
        {"keepalives", "1"},
        {"keepalives_idle", "10"},
        {"keepalives_interval", "3"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "5000"},
        {"target_session_attrs", options.writable ? "read-write" : "any"}};
    for (const auto& [keyword, value] : defaults)
        if (find(settings, keyword) == nullptr) settings.emplace_back(keyword, value);
}

} // namespace

std::vector<ConnectSettings> connectSettings(const ConnectOptions& options) {
    auto settings = parse(options.url);
    addMissing(settings, options);
    std::size_t hosts = 1;
    for (const auto* keyword : {"host", "hostaddr"})
        if (const auto* value = find(settings, keyword))
            hosts = std::max(hosts, split(*value).size());
    if (hosts == 1) return {settings};

    std::vector<ConnectSettings> candidates(hosts, settings);
    for (const auto* keyword : {"host", "hostaddr", "port"}) {
        const auto* value = find(settings, keyword);
        if (value == nullptr) continue;
        const auto parts = split(*value);
        for (std::size_t i = 0; i < hosts; ++i)
            *find(candidates[i], keyword) =
                parts.size() == 1 ? parts[0] : parts.at(i % parts.size());
    }
    return candidates;
}

} // namespace hookgate::store::postgresql
