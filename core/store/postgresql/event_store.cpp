#include "core/store/postgresql/event_store.hpp"

#include "core/store/postgresql/finish_rows.hpp"
#include "core/store/postgresql/ingest_writers.hpp"
#include "core/store/postgresql/integration_rows.hpp"
#include "core/store/postgresql/next_due.hpp"
#include "core/store/postgresql/retention.hpp"
#include "core/store/postgresql/schema.hpp"
#include "core/store/postgresql/session_pool.hpp"
#include "core/store/postgresql/work_changes.hpp"
#include "core/store/postgresql/work_signal.hpp"
#include "core/store/postgresql/writer.hpp"

#include <atomic>
#include <mutex>
#include <utility>

namespace hookgate::store::postgresql {
namespace {

// Claims, renewals, releases, replays and what housekeeping asks: seldom two at once.
constexpr std::size_t kPooledSessions = 4;
constexpr std::chrono::milliseconds kLinger{5};
constexpr std::size_t kResultsWanted = 64;
constexpr std::size_t kResultsAtOnce = 128; // each may bring 64 KiB of an answer
constexpr std::chrono::seconds kRetentionTimeout{30};
constexpr std::int64_t kQuicklyCounted = 100'000;
constexpr int kCountShare = 20;

constexpr Statement kVersion{"integrations_version",
                             "SELECT integrations_version FROM installation"};

constexpr Statement kDepth{
    "queue_depth",
    "SELECT count(*) FILTER (WHERE state = 0 AND sends = 0 AND unknown = 0), "
    "count(*) FILTER (WHERE state = 1), "
    "count(*) FILTER (WHERE state = 0 AND (sends > 0 OR unknown > 0)), "
    "count(*) FILTER (WHERE state = 2), coalesce(min(due_at) FILTER (WHERE state < 2 "
    "AND due_at <= coalesce($1::bigint, now_ms())), 0) FROM work"};

ConnectOptions connectOptions(const std::string& url, const std::string& purpose) {
    ConnectOptions options{.url = url};
    options.application_name = "hookgate " + purpose;
    return options;
}

ConnectOptions commandOptions(const std::string& url) {
    auto options = connectOptions(url, "command");
    options.statement_timeout = std::chrono::seconds{60};
    options.lock_timeout = std::chrono::seconds{60};
    options.plan_once = false;
    return options;
}

// The database, current and with partitions for the days to come, before any thread starts.
struct Prepared {
    Prepared(const StoreOptions& options, const base::Clock& clock) {
        Connection connection{commandOptions(options.url)};
        requireCurrent(connection);
        preparePartitions(connection, clock.unixMs());
        installation_id = connection.query("SELECT id FROM installation").uuid(0, 0);
    }

    domain::Uuid installation_id;
};

// Whatever runs on its caller's thread, with a connection of a pool. Safe to use from any thread.
class Commands {
public:
    explicit Commands(ConnectOptions options) : pool_{std::move(options), kPooledSessions} {}

    template <class Action>
    auto run(Action&& action) {
        try {
            auto result = pool_.with(std::forward<Action>(action));
            reachable_ = true;
            return result;
        } catch (const DatabaseError& e) {
            if (e.connectionLost()) reachable_ = false;
            throw;
        }
    }

    // What it does may change when something is due.
    template <class Action>
    auto change(Action&& action) {
        auto result = run(std::forward<Action>(action));
        next_due.forget();
        return result;
    }

    // As far as the last command knows, or somebody who knows better.
    bool reachable() const noexcept { return reachable_; }

    void reached() noexcept { reachable_ = true; }

    NextDue next_due;

private:
    SessionPool pool_;
    std::atomic<bool> reachable_{true};
};

class PostgresqlEventStore final : public EventStore {
public:
    PostgresqlEventStore(const StoreOptions& options, base::UuidGenerator& ids,
                         const base::Clock& clock, base::Log& log)
        : prepared_{options, clock},
          context_{ids, clock, options.own_time},
          commands_{hotOptions(options, "work")},
          retention_session_{retentionOptions(options)},
          signal_{hotOptions(options, "signal"), ids.next().text(),
                  [this, heard = options.work_may_be_due] {
                      commands_.next_due.forget();
                      if (heard) heard();
                  },
                  context_, log},
          ingest_{ingestOptions(options), context_, log},
          finish_{finishOptions(options), context_, log} {}

    void ingest(std::unique_ptr<IngestItem> item) noexcept override {
        ingest_.ingest(std::move(item));
    }

    void finish(domain::DeliveryResult result) noexcept override {
        finish_.finish(std::move(result));
    }

    void audit(domain::AuditEntry entry) noexcept override { finish_.audit(std::move(entry)); }

    std::vector<domain::WorkItem> claim(std::span<const ClaimRequest> requests,
                                        std::chrono::milliseconds lease) override {
        return commands_.change([&](Connection& connection) {
            Transaction transaction{connection};
            auto claimed = WorkChanges{connection, context_}.claim(requests, lease);
            transaction.commit();
            return claimed;
        });
    }

    Renewal renew(std::span<const domain::WorkRef> refs, std::chrono::milliseconds lease) override {
        Renewal renewal;
        renewal.lease_expires = context_.clock.bootMs() + lease.count();
        renewal.claims = commands_.change([&](Connection& connection) {
            return renewLeases(connection, context_, refs, lease.count());
        });
        return renewal;
    }

    void release(std::span<const domain::WorkRef> refs) override {
        commands_.change([&](Connection& connection) {
            releaseLeases(connection, context_, refs);
            return true;
        });
        signal_.tell();
    }

    std::optional<std::chrono::milliseconds> untilNextDue() override {
        return commands_.next_due.get(context_, [&](auto&& ask) { return commands_.run(ask); });
    }

    void flush() override {
        ingest_.flush();
        finish_.flush();
    }

    std::optional<ReplayReceipt> replay(const domain::ReplayCommand& command) override {
        const auto receipt = commands_.change([&](Connection& connection) {
            Transaction transaction{connection};
            auto requested = WorkChanges{connection, context_}.replays().request(command);
            transaction.commit();
            return requested;
        });
        if (receipt && receipt->due_now) signal_.tell();
        return receipt;
    }

    std::vector<domain::Integration> upsertIntegrations(
        std::span<const domain::Integration> given) override {
        return commands_.run([&](Connection& connection) {
            postgresql::upsertIntegrations(connection, context_, given);
            return readIntegrations(connection);
        });
    }

    std::vector<domain::Integration> integrations() override {
        return commands_.run([](Connection& connection) { return readIntegrations(connection); });
    }

    std::int64_t integrationsVersion() override {
        return commands_.run(
            [](Connection& connection) { return connection.run(kVersion).integer(0, 0); });
    }

    std::size_t retain(domain::UnixMs cutoff) override {
        const std::lock_guard lock{retention_mutex_};
        const auto rows = retention_.step(retention_session_.use(), cutoff);
        if (rows == 0) retention_session_.drop(); // not needed for a while
        return rows;
    }

    QueueDepth queueDepth() override {
        {
            const std::lock_guard lock{depth_mutex_};
            if (Steady::now() < depth_until_) return depth_;
        }
        const auto start = Steady::now();
        const auto depth = commands_.run([&](Connection& connection) {
            const auto found = connection.run(kDepth, Parameters{}.add(context_.now()));
            return QueueDepth{found.integer(0, 0), found.integer(0, 1), found.integer(0, 2),
                              found.integer(0, 3), found.integer(0, 4)};
        });
        const auto took = Steady::now() - start;
        const std::lock_guard lock{depth_mutex_};
        depth_ = depth;
        // A queue that is long to count is not counted all the time.
        const auto rows = depth.pending + depth.processing + depth.retrying + depth.failed;
        if (rows > kQuicklyCounted) depth_until_ = Steady::now() + kCountShare * took;
        return depth;
    }

    StoreHealth health() const noexcept override {
        if (auto health = ingest_.health(); !health.writable) return health;
        if (auto health = finish_.health(); !health.writable) return health;
        if (!commands_.reachable()) return {false, "database is not reachable"};
        return {};
    }

    StoreCounters counters() const noexcept override {
        auto counters = ingest_.counters();
        const auto results = finish_.counters();
        counters.finish_batches = results.finish_batches;
        counters.finished_results = results.finished_results;
        counters.fenced_results = results.fenced_results;
        counters.failed_transactions += results.failed_transactions;
        counters.dropped_results = results.dropped_results;
        counters.dropped_audit_entries = results.dropped_audit_entries;
        return counters;
    }

    domain::Uuid incarnation() const noexcept override { return signal_.incarnation(); }

    domain::Uuid installationId() const noexcept override { return prepared_.installation_id; }

private:
    using Steady = std::chrono::steady_clock;

    static ConnectOptions hotOptions(const StoreOptions& options, const std::string& purpose) {
        auto connect = connectOptions(options.url, purpose);
        connect.statement_timeout = options.statement_timeout;
        return connect;
    }

    static ConnectOptions retentionOptions(const StoreOptions& options) {
        auto connect = connectOptions(options.url, "retention");
        connect.statement_timeout = kRetentionTimeout;
        connect.plan_once = false;
        return connect;
    }

    WriterOptions ingestOptions(const StoreOptions& options) {
        WriterOptions writer;
        writer.connect = hotOptions(options, "ingest");
        writer.lease = options.lease;
        writer.limits.items = options.queued_items_max;
        writer.recovered = [this] { commands_.reached(); };
        writer.committed = [this](bool claimable) {
            commands_.next_due.forget();
            if (claimable) signal_.tell();
        };
        return writer;
    }

    WriterOptions finishOptions(const StoreOptions& options) {
        WriterOptions writer;
        writer.name = "store-finish";
        writer.connect = hotOptions(options, "finish");
        writer.limits.linger = kLinger;
        writer.limits.results_per_transaction = kResultsAtOnce;
        writer.recovered = [this] { commands_.reached(); };
        writer.limits.results_wanted = kResultsWanted;
        writer.committed = [this](bool) { commands_.next_due.forget(); };
        return writer;
    }

    const Prepared prepared_;
    const Context context_;
    Commands commands_;
    std::mutex retention_mutex_; // guards the two below
    Session retention_session_;
    Retention retention_;
    std::mutex depth_mutex_; // guards the two below
    QueueDepth depth_;
    Steady::time_point depth_until_{};
    WorkSignal signal_;
    IngestWriters ingest_;
    Writer finish_;
};

} // namespace

std::unique_ptr<EventStore> openStore(const StoreOptions& options, base::UuidGenerator& ids,
                                      const base::Clock& clock, base::Log& log) {
    return std::make_unique<PostgresqlEventStore>(options, ids, clock, log);
}

std::vector<Migration> migrateDatabase(const std::string& url) {
    Connection connection{commandOptions(url)};
    return migrate(connection);
}

std::vector<domain::Integration> seedIntegrations(const std::string& url,
                                                  std::span<const domain::Integration> integrations,
                                                  base::UuidGenerator& ids,
                                                  const base::Clock& clock) {
    Connection connection{commandOptions(url)};
    requireCurrent(connection);
    upsertIntegrations(connection, Context{ids, clock}, integrations);
    return readIntegrations(connection);
}

} // namespace hookgate::store::postgresql
