#include "core/store/sqlite/event_store.hpp"

#include "core/store/sqlite/checkpointer.hpp"
#include "core/store/sqlite/lock_file.hpp"
#include "core/store/sqlite/retention.hpp"
#include "core/store/sqlite/schema.hpp"
#include "core/store/sqlite/writer.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>

namespace hookgate::store::sqlite {
namespace {

void makeDirectoryOf(const std::string& path) {
    const auto directory = std::filesystem::path{path}.parent_path();
    if (directory.empty()) return;
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error)
        throw StoreError{"cannot make the directory " + directory.string() + ": " + error.message(),
                         false};
}

std::int64_t highestId(Database& database) {
    std::int64_t highest = 0;
    for (const auto* table : {"webhook", "event", "attempt", "replay_request", "audit"})
        highest = std::max(
            highest, database.integer(std::string{"SELECT coalesce(max(id), 0) FROM "} + table));
    return highest;
}

// The lock and the file, checked and current, before anything else is opened.
class Prepared {
public:
    Prepared(const std::string& path, base::UuidGenerator& ids, const base::Clock& clock)
        : directory_{path},
          lock_{path} {
        Database database{path, Database::Mode::ReadWrite};
        checkIntegrity(database, path);
        migrate(database);
        ids.startAbove(highestId(database));
        // Whoever held a lease is dead: the lock says so. The rows stay leased, so that a send that
        // may have begun is recorded as unknown when it is claimed.
        database.execute("UPDATE work SET due_at = min(due_at, " + std::to_string(clock.unixMs()) +
                         ") WHERE state = 1");
        const auto id = database.text("SELECT value FROM meta WHERE name = 'installation_id'");
        std::copy_n(id.begin(), std::min(id.size(), installation_id.bytes.size()),
                    installation_id.bytes.begin());
    }

    domain::Uuid installation_id;

private:
    struct Directory {
        explicit Directory(const std::string& path) { makeDirectoryOf(path); }
    };

    Directory directory_;
    LockFile lock_;
};

class SqliteEventStore final : public EventStore {
public:
    SqliteEventStore(const StoreOptions& options, base::UuidGenerator& ids,
                     const base::Clock& clock, base::Log& log)
        : prepared_{options.path, ids, clock},
          ids_{ids},
          clock_{clock},
          reader_{options.path, Database::Mode::ReadOnly},
          writer_{WriterOptions{.path = options.path,
                                .lease = options.lease,
                                .queued_items_max = options.queued_items_max},
                  ids, clock, log},
          checkpointer_{options.path, log} {}

    void ingest(std::unique_ptr<IngestItem> item) noexcept override {
        writer_.ingest(std::move(item));
    }

    void finish(domain::DeliveryResult result) noexcept override {
        writer_.finish(std::move(result));
    }

    void audit(domain::AuditEntry entry) noexcept override { writer_.audit(std::move(entry)); }

    std::vector<domain::WorkItem> claim(std::span<const ClaimRequest> requests,
                                        std::chrono::milliseconds lease) override {
        // Shared with the command: a caller that gives up waiting leaves nothing dangling behind.
        auto claimed = std::make_shared<std::vector<domain::WorkItem>>();
        writer_.run([claimed, lease,
                     wanted = std::vector<ClaimRequest>{requests.begin(), requests.end()}](
                        Tables& tables) {
            for (const auto& request : wanted)
                if (request.free_slots > 0 &&
                    tables.integration_numbers.contains(request.integration_id))
                    tables.work.claim(tables.integrationNo(request.integration_id),
                                      request.integration_id, request.free_slots, lease, *claimed);
        });
        return std::move(*claimed);
    }

    Renewal renew(std::span<const domain::WorkRef> refs, std::chrono::milliseconds lease) override {
        auto renewal = std::make_shared<Renewal>();
        renewal->lease_expires = clock_.bootMs() + lease.count();
        writer_.run(
            [renewal, lease,
             wanted = std::vector<domain::WorkRef>{refs.begin(), refs.end()}](Tables& tables) {
                for (const auto& ref : wanted)
                    renewal->claims.push_back(tables.work.renew(ref, lease));
            });
        return std::move(*renewal);
    }

    void release(std::span<const domain::WorkRef> refs) override {
        writer_.run(
            [wanted = std::vector<domain::WorkRef>{refs.begin(), refs.end()}](Tables& tables) {
                for (const auto& ref : wanted)
                    tables.work.release(ref);
            });
    }

    std::optional<std::chrono::milliseconds> untilNextDue() override {
        const std::lock_guard lock{reader_mutex_};
        // One probe of the index for each integration, however long the queue is.
        const auto due = reader_.text(
            "SELECT min(due) FROM (SELECT (SELECT min(due_at) FROM work INDEXED BY work_due "
            "WHERE integration = i.no AND state < 2) AS due FROM integration i)");
        if (due.empty()) return std::nullopt;
        return std::chrono::milliseconds{
            std::max<std::int64_t>(std::stoll(due) - clock_.unixMs(), 0)};
    }

    void flush() override {
        writer_.run([](Tables&) {});
    }

    std::optional<ReplayReceipt> replay(const domain::ReplayCommand& command) override {
        auto receipt = std::make_shared<std::optional<ReplayReceipt>>();
        writer_.run(
            [receipt, command](Tables& tables) { *receipt = tables.replays.request(command); });
        return *receipt;
    }

    std::vector<domain::Integration> upsertIntegrations(
        std::span<const domain::Integration> given) override {
        writer_.run([this, wanted = std::vector<domain::Integration>{given.begin(), given.end()}](
                        Tables& tables) {
            IntegrationRows::upsert(tables.database, tables.audit, ids_, clock_, wanted);
            tables.integration_numbers = IntegrationRows::numbers(tables.database);
        });
        return integrations();
    }

    std::vector<domain::Integration> integrations() override {
        const std::lock_guard lock{reader_mutex_};
        return IntegrationRows::all(reader_);
    }

    std::int64_t integrationsVersion() override {
        std::int64_t version = 0;
        {
            const std::lock_guard lock{reader_mutex_};
            version = reader_.integer("SELECT value FROM meta WHERE name = 'integrations_version'");
        }
        // Seeded by another process: the writer has to know the new rows before an event names
        // them.
        if (version != known_version_.exchange(version))
            writer_.run([](Tables& tables) {
                tables.integration_numbers = IntegrationRows::numbers(tables.database);
            });
        return version;
    }

    std::size_t retain(domain::UnixMs cutoff) override {
        auto rows = std::make_shared<std::size_t>(0);
        writer_.run([rows, cutoff](Tables& tables) {
            *rows = deleteOlderThan(tables.database, tables.counters, cutoff);
        });
        return *rows;
    }

    QueueDepth queueDepth() override {
        const std::lock_guard lock{reader_mutex_};
        Statement count{reader_,
                        "SELECT sum(state = 0 AND sends = 0 AND unknown = 0), sum(state = 1), "
                        "sum(state = 0 AND (sends > 0 OR unknown > 0)), sum(state = 2), "
                        "min(CASE WHEN state < 2 AND due_at <= ? THEN due_at END) FROM work"};
        count.bind(clock_.unixMs()).step();
        return {count.integer(0), count.integer(1), count.integer(2), count.integer(3),
                count.integer(4)};
    }

    StoreHealth health() const noexcept override { return writer_.health(); }

    StoreCounters counters() const noexcept override { return writer_.counters(); }

    domain::Uuid installationId() const noexcept override { return prepared_.installation_id; }

private:
    Prepared prepared_;
    base::UuidGenerator& ids_;
    const base::Clock& clock_;
    std::mutex reader_mutex_;
    Database reader_;
    std::atomic<std::int64_t> known_version_{0};
    Writer writer_;
    Checkpointer checkpointer_;
};

} // namespace

std::unique_ptr<EventStore> openStore(StoreOptions options, base::UuidGenerator& ids,
                                      const base::Clock& clock, base::Log& log) {
    return std::make_unique<SqliteEventStore>(options, ids, clock, log);
}

std::vector<Migration> migrateDatabase(const std::string& path) {
    makeDirectoryOf(path);
    Database database{path, Database::Mode::ReadWrite};
    return migrate(database);
}

std::vector<domain::Integration> seedIntegrations(const std::string& path,
                                                  std::span<const domain::Integration> integrations,
                                                  base::UuidGenerator& ids,
                                                  const base::Clock& clock) {
    makeDirectoryOf(path);
    Database database{path, Database::Mode::ReadWrite};
    migrate(database);
    ids.startAbove(highestId(database));
    Counters counters{database};
    AuditRows audit{database, counters, ids, clock};
    database.execute("BEGIN IMMEDIATE");
    try {
        IntegrationRows::upsert(database, audit, ids, clock, integrations);
        counters.store();
        database.execute("COMMIT");
    } catch (const StoreError&) {
        database.execute("ROLLBACK");
        throw;
    }
    return IntegrationRows::all(database);
}

} // namespace hookgate::store::sqlite
