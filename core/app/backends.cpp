#include "core/app/backends.hpp"

#include "core/app/gateway.hpp"
#include "core/base/clock.hpp"
#include "core/coordination/memory/coordinator.hpp"
#include "core/coordination/redis/coordinator.hpp"
#include "core/store/postgresql/event_queries.hpp"
#include "core/store/postgresql/event_store.hpp"
#include "core/store/sqlite/event_queries.hpp"
#include "core/store/sqlite/event_store.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace hookgate::app {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

// The path of an embedded database; nullopt: DATABASE_URL names PostgreSQL.
std::optional<std::string> sqlitePath(const config::Settings& settings) {
    if (!settings.database_url.starts_with(kSqlite)) return std::nullopt;
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

Backends openBackends(const config::Settings& settings, BackendOptions options,
                      base::UuidGenerator& ids, const base::Clock& clock, base::Log& log) {
    return opening([&] {
        Backends backends;
        if (const auto path = sqlitePath(settings)) {
            backends.store =
                store::sqlite::openStore({.path = *path, .lease = options.lease}, ids, clock, log);
            backends.queries = store::sqlite::openQueries(*path);
        } else {
            backends.store = store::postgresql::openStore(
                {.url = settings.database_url,
                 .lease = options.lease,
                 .work_may_be_due = std::move(options.work_may_be_due)},
                ids, clock, log);
            backends.queries = store::postgresql::openQueries(settings.database_url);
        }
        backends.coordinator =
            openCoordinator(settings, backends.store->installationId(), clock, log);
        return backends;
    });
}

std::unique_ptr<store::EventQueries> openQueries(const config::Settings& settings) {
    return opening([&] {
        const auto path = sqlitePath(settings);
        return path ? store::sqlite::openQueries(*path)
                    : store::postgresql::openQueries(settings.database_url);
    });
}

std::vector<store::Migration> migrateDatabase(const config::Settings& settings) {
    return opening([&] {
        const auto path = sqlitePath(settings);
        return path ? store::sqlite::migrateDatabase(*path)
                    : store::postgresql::migrateDatabase(settings.database_url);
    });
}

std::vector<domain::Integration> seedDatabase(const config::Settings& settings,
                                              std::span<const domain::Integration> integrations) {
    const base::SystemClock clock;
    base::UuidGenerator ids{clock};
    return opening(
        [&] {
            const auto path = sqlitePath(settings);
            return path ? store::sqlite::seedIntegrations(*path, integrations, ids, clock)
                        : store::postgresql::seedIntegrations(settings.database_url, integrations,
                                                              ids, clock);
        },
        settings.integrations_file + ": ");
}

} // namespace hookgate::app
