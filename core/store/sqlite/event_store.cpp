#include "core/store/sqlite/event_store.hpp"

#include "core/store/sqlite/checkpointer.hpp"
#include "core/store/sqlite/lock_file.hpp"
#include "core/store/sqlite/retention.hpp"
#include "core/store/sqlite/schema.hpp"
#include "core/store/sqlite/writer.hpp"

#include <algorithm>
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
        try {
            prepare(path, ids, clock);
        } catch (const SqliteError& e) {
            if (!e.isCorrupt()) throw;
            throw damaged(path, e.what());
        }
    }

    domain::Uuid installation_id;

private:
    struct Directory {
        explicit Directory(const std::string& path) { makeDirectoryOf(path); }
    };

    void prepare(const std::string& path, base::UuidGenerator& ids, const base::Clock& clock) {
        Database database{path, Database::Mode::ReadWrite};
        checkIntegrity(database, path);
        migrate(database);
        ids.startAbove(highestId(database));
        // Whoever held a lease is dead: the lock says so. The rows stay leased, so that a send that
        // may have begun is recorded as unknown when it is claimed.
        Statement free{database, "UPDATE work SET due_at = min(due_at, ?) WHERE state = 1"};
        free.bind(clock.unixMs()).run();
        const auto id = database.text("SELECT value FROM meta WHERE name = 'installation_id'");
        std::copy_n(id.begin(), std::min(id.size(), installation_id.bytes.size()),
                    installation_id.bytes.begin());
    }

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
          checkpointer_{options.path, log},
          writer_{writerOptions(options), ids, clock, log} {}

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
        writer_.run(
            [claimed, lease,
             wanted = std::vector<ClaimRequest>{requests.begin(), requests.end()}](Tables& tables) {
                claimed->clear();
                for (const auto& request : wanted)
                    if (const auto number = tables.findIntegration(request.integration_id))
                        tables.work.claim(*number, request, lease, *claimed);
            });
        return std::move(*claimed);
    }

    Renewal renew(std::span<const domain::WorkRef> refs, std::chrono::milliseconds lease) override {
        auto renewal = std::make_shared<Renewal>();
        renewal->lease_expires = clock_.bootMs() + lease.count();
        writer_.run(
            [renewal, lease,
             wanted = std::vector<domain::WorkRef>{refs.begin(), refs.end()}](Tables& tables) {
                renewal->claims.clear();
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
        const Use due{first_due_};
        if (!due->step() || due->isNull(0)) return std::nullopt;
        return std::chrono::milliseconds{
            std::max<std::int64_t>(due->integer(0) - clock_.unixMs(), 0)};
    }

    void flush() override { writer_.flush(); }

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
        });
        return integrations();
    }

    std::vector<domain::Integration> integrations() override {
        const std::lock_guard lock{reader_mutex_};
        return IntegrationRows::all(reader_);
    }

    std::int64_t integrationsVersion() override {
        const std::lock_guard lock{reader_mutex_};
        return reader_.integer("SELECT value FROM meta WHERE name = 'integrations_version'");
    }

    std::size_t retain(domain::UnixMs cutoff) override {
        const std::lock_guard lock{retention_mutex_};
        RetentionStep step{.position = retained_to_};
        do {
            const auto next = std::make_shared<RetentionStep>();
            writer_.run([next, cutoff, from = step.position](Tables& tables) {
                *next = retainStep(tables.database, tables.counters, cutoff, from);
            });
            step = *next;
        } while (step.rows == 0 && !step.finished);
        retained_to_ = step.finished ? 0 : step.position;
        return step.rows;
    }

    QueueDepth queueDepth() override {
        const std::lock_guard lock{reader_mutex_};
        QueueDepth depth;
        {
            const Use count{work_count_};
            count->step();
            depth = {count->integer(0), count->integer(1), count->integer(2), count->integer(3), 0};
        }
        const Use due{first_due_};
        if (due->step() && !due->isNull(0) && due->integer(0) <= clock_.unixMs())
            depth.oldest_due = due->integer(0);
        return depth;
    }

    StoreHealth health() const noexcept override { return writer_.health(); }

    StoreCounters counters() const noexcept override { return writer_.counters(); }

    domain::Uuid installationId() const noexcept override { return prepared_.installation_id; }

    domain::Uuid incarnation() const noexcept override { return incarnation_; }

private:
    WriterOptions writerOptions(const StoreOptions& options) {
        WriterOptions writer;
        writer.path = options.path;
        writer.lease = options.lease;
        writer.incarnation = incarnation_;
        writer.limits.items = options.queued_items_max;
        writer.wal_grew = [this](int pages) { checkpointer_.walGrew(pages); };
        writer.make_way = [this] { checkpointer_.makeWay(); };
        writer.disk_full = [this] { checkpointer_.diskFull(); };
        return writer;
    }

    Prepared prepared_;
    base::UuidGenerator& ids_;
    // The file may have been put back while no gateway had it open.
    const domain::Uuid incarnation_{ids_.next()};
    const base::Clock& clock_;
    std::mutex reader_mutex_; // guards the three below
    Database reader_;
    // One probe of the index for each integration, however long the queue is.
    Statement first_due_{
        reader_,
        "SELECT min(due) FROM (SELECT (SELECT min(due_at) FROM work INDEXED BY work_due "
        "WHERE integration = i.no AND state < 2) AS due FROM integration i)"};
    Statement work_count_{
        reader_,
        "SELECT sum(value) FILTER (WHERE name = 'pending'), sum(value) FILTER (WHERE name = "
        "'processing'), sum(value) FILTER (WHERE name = 'retrying'), sum(value) FILTER (WHERE name "
        "= 'failed') FROM counter WHERE name IN ('pending', 'processing', 'retrying', 'failed')"};
    std::mutex retention_mutex_;
    std::int64_t retained_to_ = 0;
    Checkpointer checkpointer_;
    Writer writer_;
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
