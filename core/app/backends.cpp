#include "core/app/backends.hpp"

#include "core/app/gateway.hpp"
#include "core/base/clock.hpp"
#include "core/coordination/memory/coordinator.hpp"
#include "core/coordination/redis/coordinator.hpp"
#include "core/store/sqlite/event_queries.hpp"
#include "core/store/sqlite/event_store.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace hookgate::app {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

std::string sqlitePath(const config::Settings& settings) {
    if (!settings.database_url.starts_with(kSqlite))
        throw StartupError{"DATABASE_URL: this build stores on SQLite only; use sqlite:PATH", true};
    return settings.database_url.substr(kSqlite.size());
}

// What the store refuses for good is for the operator to change; what may pass is not.
template <class Open>
auto opening(Open&& open, const std::string& subject = "DATABASE_URL: ") {
    try {
        return open();
    } catch (const store::StoreError& e) {
        throw StartupError{subject + e.what(), !e.retryable()};
    }
}

std::unique_ptr<coordination::Coordinator> openCoordinator(const config::Settings& settings,
                                                           const base::Uuid& installation_id,
                                                           const base::Clock& clock,
                                                           base::Log& log) {
    if (settings.redis_url.empty()) return coordination::memory::makeCoordinator(clock);
    auto address = coordination::redis::parseAddress(settings.redis_url);
    if (!address)
        throw StartupError{"REDIS_URL: is no Redis; write redis://[:PASSWORD@]HOST:PORT/DB", true};
    return coordination::redis::makeCoordinator(
        {.address = std::move(*address), .installation_id = installation_id}, clock, log);
}

} // namespace

Backends openBackends(const config::Settings& settings, std::chrono::milliseconds lease,
                      base::UuidGenerator& ids, const base::Clock& clock, base::Log& log) {
    const auto path = sqlitePath(settings);
    return opening([&] {
        Backends backends;
        backends.store = store::sqlite::openStore({.path = path, .lease = lease}, ids, clock, log);
        backends.queries = store::sqlite::openQueries(path);
        backends.coordinator =
            openCoordinator(settings, backends.store->installationId(), clock, log);
        return backends;
    });
}

std::vector<store::Migration> migrateDatabase(const config::Settings& settings) {
    const auto path = sqlitePath(settings);
    return opening([&] { return store::sqlite::migrateDatabase(path); });
}

std::vector<domain::Integration> seedDatabase(const config::Settings& settings,
                                              std::span<const domain::Integration> integrations) {
    const auto path = sqlitePath(settings);
    const base::SystemClock clock;
    base::UuidGenerator ids{clock};
    return opening([&] { return store::sqlite::seedIntegrations(path, integrations, ids, clock); },
                   settings.integrations_file + ": ");
}

} // namespace hookgate::app
