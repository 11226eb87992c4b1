#include "core/store/sqlite/writer.hpp"

#include "core/base/fail_point.hpp"
#include "core/base/thread.hpp"
#include "core/store/sqlite/schema.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

constexpr std::chrono::milliseconds kAfterFailure{100};
constexpr std::chrono::milliseconds kProbeInterval{1000};

struct Command final : Posted {
    std::function<void(Tables&)> run;
};

void throwIf(bool fails) {
    if (fails) throw SqliteError{SQLITE_FULL, "fail point"};
}

// What operators and strangers may read of an error.
std::string_view phraseFor(const StoreError& error) noexcept {
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    if (sqlite == nullptr) return "cannot write";
    switch (sqlite->code()) {
        case SQLITE_FULL:
            return "disk full";
        case SQLITE_IOERR:
            return "disk I/O error";
        case SQLITE_READONLY:
            return "database is read-only";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "database is damaged";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "database is locked by another process";
        default:
            return "cannot write";
    }
}

// Not to blame on any row: another transaction would fail in the same way.
bool isEnvironment(const StoreError& error) noexcept {
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    return sqlite != nullptr && (sqlite->isMedium() || sqlite->isCorrupt() || sqlite->retryable());
}

bool isDamage(const StoreError& error) noexcept {
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    return sqlite != nullptr && sqlite->isCorrupt();
}

// The connection is as good as before: nothing of it needs to be made anew.
bool leavesConnectionSound(const StoreError& error) noexcept {
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    return sqlite != nullptr && (sqlite->code() == SQLITE_FULL || sqlite->code() == SQLITE_BUSY ||
                                 sqlite->code() == SQLITE_LOCKED);
}

int reportWal(void* context, sqlite3*, const char*, int pages) {
    (*static_cast<const std::function<void(int)>*>(context))(pages);
    return SQLITE_OK;
}

// Leaves at most `keep` in `all`, less by those from then on, and returns the rest.
template <class T>
std::vector<T> cutAfter(std::vector<T>& all, std::size_t& keep) {
    const auto kept = std::min(keep, all.size());
    keep -= kept;
    const auto cut = all.begin() + static_cast<std::ptrdiff_t>(kept);
    std::vector<T> rest{std::make_move_iterator(cut), std::make_move_iterator(all.end())};
    all.erase(cut, all.end());
    return rest;
}

bool isIndivisible(const Batch& batch) noexcept {
    return batch.rows() + (batch.commands.empty() ? 0 : 1) <= 1;
}

} // namespace

Writer::Writer(WriterOptions options, base::UuidGenerator& ids, const base::Clock& clock,
               base::Log& log)
    : options_{std::move(options)},
      ids_{ids},
      clock_{clock},
      log_{log},
      queues_{options_.limits} {
    open();
    thread_ = base::startThread("store-writer", [this] { loop(); });
}

Writer::~Writer() {
    queues_.close();
    thread_.join();
}

void Writer::open() {
    tables_.reset();
    tables_ = std::make_unique<Tables>(options_.path, ids_, clock_, options_.lease);
    if (options_.wal_grew)
        ::sqlite3_wal_hook(tables_->database.handle(), reportWal,
                           const_cast<std::function<void(int)>*>(&options_.wal_grew));
}

void Writer::ingest(std::unique_ptr<IngestItem> item) noexcept {
    if (damaged_ || !queues_.push(item)) item->completed({});
}

void Writer::finish(domain::DeliveryResult result) noexcept {
    // What is dropped becomes an unknown outcome when its lease ends.
    if (queues_.push(std::move(result))) return;
    const std::lock_guard lock{mutex_};
    ++counters_.dropped_results;
}

void Writer::audit(domain::AuditEntry entry) noexcept {
    if (queues_.push(std::move(entry))) return;
    const std::lock_guard lock{mutex_};
    ++counters_.dropped_audit_entries;
}

void Writer::run(std::function<void(Tables&)> command) {
    auto posted = std::make_shared<Command>();
    posted->run = std::move(command);
    auto done = posted->done.get_future();
    queues_.post(posted);
    if (done.wait_for(options_.command_timeout) != std::future_status::ready) {
        // Not begun: it will not run. Begun: the caller learns that it does not know.
        queues_.withdraw(posted);
        throw StoreError{"the store did not answer in time", true};
    }
    done.get();
    if (posted->failure) throw StoreError{posted->failure->what, posted->failure->retryable};
}

void Writer::flush() {
    if (!queues_.awaitSettled(options_.command_timeout))
        throw StoreError{"the store could not write everything in time", true};
}

StoreHealth Writer::health() const noexcept {
    const std::lock_guard lock{mutex_};
    return health_;
}

StoreCounters Writer::counters() const noexcept {
    const std::lock_guard lock{mutex_};
    return counters_;
}

void Writer::setHealth(bool writable, std::string_view detail) noexcept {
    bool changed = false;
    {
        const std::lock_guard lock{mutex_};
        changed = health_.writable != writable;
        health_.writable = writable;
        health_.detail = detail;
    }
    if (!changed) return;
    if (writable)
        log_.information("store writes again");
    else
        log_.error("store cannot write", {{"detail", detail}});
}

void Writer::loop() {
    Batch batch;
    // While the store cannot write it tries by itself, so that health does not wait for traffic.
    while (queues_.take(batch,
                        health().writable ? std::chrono::milliseconds::max() : kProbeInterval)) {
        if (batch.empty())
            probe();
        else
            write(batch);
        queues_.settle();
        batch = {};
        if (options_.make_way) options_.make_way();
    }
}

void Writer::write(Batch& batch) {
    try {
        writeTogether(batch);
        return;
    } catch (const StoreError& e) {
        if (tables_) tables_->rollback();
        if (isEnvironment(e) || isIndivisible(batch)) {
            failed(batch, e);
            return;
        }
    } catch (const std::exception& e) {
        if (tables_) tables_->rollback();
        if (isIndivisible(batch)) {
            failed(batch, StoreError{e.what(), false});
            return;
        }
    }
    writeHalves(batch);
}

void Writer::writeTogether(Batch& batch) {
    if (damaged_) throw SqliteError{SQLITE_CORRUPT, "the database is damaged"};
    if (!tables_) throw SqliteError{SQLITE_IOERR, "the database could not be opened again"};
    auto& tables = *tables_;
    std::vector<IngestOutcome> outcomes(batch.items.size());
    std::uint64_t events = 0;
    std::uint64_t fenced = 0;

    // Read first: the holder must not believe in its lease for longer than the store does.
    const auto lease_expires = clock_.bootMs() + options_.lease.count();
    tables.begin.run();
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto& webhook = batch.items[i]->webhook;
        outcomes[i].events =
            tables.ingest.insert(webhook, tables.integrationNo(webhook.integration_id));
        outcomes[i].durable = true;
        outcomes[i].lease_expires = lease_expires;
        outcomes[i].incarnation = options_.incarnation;
        events += webhook.events.size();
    }
    for (const auto& result : batch.results)
        fenced += tables.work.finish(result) ? 0U : 1U;
    for (auto& entry : batch.audit)
        tables.audit.insert(entry);
    for (const auto& posted : batch.commands)
        runCommand(tables, *posted);
    tables.counters.store();
    if (!batch.items.empty()) throwIf(HG_FAIL_POINT("before-commit"));
    if (!batch.results.empty()) throwIf(HG_FAIL_POINT("before-finish-commit"));
    tables.commit.run();

    if (!batch.items.empty()) static_cast<void>(HG_FAIL_POINT("after-commit-before-reply"));
    {
        const std::lock_guard lock{mutex_};
        counters_.ingest_batches += batch.items.empty() ? 0U : 1U;
        counters_.ingested_events += events;
        counters_.finish_batches += batch.results.empty() ? 0U : 1U;
        counters_.finished_results += batch.results.size();
        counters_.fenced_results += fenced;
    }
    // Before anybody is answered: what they ask next must agree with their answer.
    setHealth(true, {});
    for (std::size_t i = 0; i < batch.items.size(); ++i)
        batch.items[i]->completed(outcomes[i]);
    for (const auto& posted : batch.commands)
        posted->done.set_value();
}

// A command's failure undoes nothing but itself, unless the medium failed.
void Writer::runCommand(Tables& tables, Posted& posted) {
    posted.failure.reset();
    tables.counters.store();
    tables.database.execute("SAVEPOINT command");
    try {
        static_cast<Command&>(posted).run(tables);
        tables.counters.store();
        tables.database.execute("RELEASE command");
    } catch (const StoreError& e) {
        if (isEnvironment(e)) throw;
        tables.undoCommand();
        posted.failure = {e.what(), e.retryable()};
    } catch (const std::exception& e) {
        tables.undoCommand();
        posted.failure = {e.what(), false};
    }
}

void Writer::writeHalves(Batch& batch) {
    Batch second;
    auto keep = (batch.rows() + 1) / 2;
    second.items = cutAfter(batch.items, keep);
    second.results = cutAfter(batch.results, keep);
    second.audit = cutAfter(batch.audit, keep);
    second.commands.swap(batch.commands);
    write(batch);
    write(second);
}

void Writer::failed(Batch& batch, const StoreError& error) {
    const bool environment = isEnvironment(error);
    {
        const std::lock_guard lock{mutex_};
        ++counters_.failed_transactions;
    }
    // Before anybody is answered: what they ask next must agree with their answer.
    if (isDamage(error))
        markDamaged(error);
    else if (environment)
        setHealth(false, phraseFor(error));
    else
        log_.error("row refused by the store", {{"error", error.what()}});
    for (auto& item : batch.items)
        item->completed({});
    for (const auto& posted : batch.commands) {
        posted->failure = {error.what(), error.retryable()};
        posted->done.set_value();
    }
    if (environment) recover(batch, error);
}

void Writer::recover(Batch& batch, const StoreError& error) {
    if (const auto dropped = queues_.putBack(batch); dropped > 0)
        log_.warning("results and audit entries dropped", {{"count", dropped}});
    if (!leavesConnectionSound(error)) reopen();
    tellIfFull(error);
    // Requests that come meanwhile wait this long instead of the writer spinning on a broken disk.
    queues_.pause(kAfterFailure);
}

void Writer::tellIfFull(const StoreError& error) const {
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    if (sqlite != nullptr && sqlite->code() == SQLITE_FULL && options_.disk_full)
        options_.disk_full();
}

void Writer::probe() {
    if (damaged_ || health().writable) return;
    if (!tables_) reopen();
    if (!tables_) return;
    try {
        tables_->begin.run();
        tables_->database.execute(
            "INSERT INTO meta (name, value) VALUES ('probe', randomblob(16384)) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        tables_->commit.run();
        setHealth(true, {});
    } catch (const StoreError& e) {
        tables_->rollback();
        tellIfFull(e);
        setHealth(false, phraseFor(e));
    }
}

// After an I/O error nothing that the connection remembers may be trusted: what a failed fsync
// wrote is unknown.
void Writer::reopen() noexcept {
    if (damaged_) return;
    try {
        open();
        checkIntegrity(tables_->database, options_.path);
        log_.warning("database opened again");
    } catch (const StoreError& e) {
        tables_.reset();
        if (!e.retryable()) markDamaged(e);
        log_.error("database cannot be opened", {{"error", e.what()}});
    }
}

void Writer::markDamaged(const StoreError& error) noexcept {
    if (damaged_.exchange(true)) return;
    setHealth(false, "database is damaged");
    log_.error("nothing is accepted until the database is repaired", {{"error", error.what()}});
}

} // namespace hookgate::store::sqlite
