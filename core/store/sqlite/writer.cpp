#include "core/store/sqlite/writer.hpp"

#include "core/base/fail_point.hpp"
#include "core/base/thread.hpp"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

namespace hookgate::store::sqlite {
namespace {

constexpr std::size_t kEventsPerTransaction = 256;
constexpr std::size_t kBytesPerTransaction = 1024 * 1024;
constexpr std::size_t kResultsPerTransaction = 512;
constexpr std::chrono::milliseconds kAfterFailure{100};
constexpr std::chrono::milliseconds kProbeInterval{1000};

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

bool isEnvironment(const StoreError& error) noexcept {
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    return sqlite != nullptr && (sqlite->isMedium() || sqlite->isCorrupt() || sqlite->retryable());
}

void undoCommand(Tables& tables) {
    tables.counters.discard();
    tables.database.execute("ROLLBACK TO command; RELEASE command");
}

} // namespace

Writer::Writer(WriterOptions options, base::UuidGenerator& ids, const base::Clock& clock,
               base::Log& log)
    : options_{std::move(options)},
      ids_{ids},
      clock_{clock},
      log_{log},
      tables_{std::make_unique<Tables>(options_.path, ids, clock, options_.lease)},
      thread_{base::startThread("store-writer", [this] { loop(); })} {}

Writer::~Writer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Writer::ingest(std::unique_ptr<IngestItem> item) noexcept {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (!stopping_ && items_.size() < options_.queued_items_max) {
            items_.push_back(std::move(item));
            wake = std::exchange(sleeping_, false);
        }
    }
    if (wake) wake_.notify_one();
    if (item) item->completed({});
}

void Writer::finish(domain::DeliveryResult result) noexcept {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        // Beyond the limit the outcome becomes unknown when the lease ends.
        if (results_.size() >= options_.queued_results_max) return;
        results_.push_back(std::move(result));
        wake = std::exchange(sleeping_, false);
    }
    if (wake) wake_.notify_one();
}

void Writer::audit(domain::AuditEntry entry) noexcept {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (audit_.size() >= options_.queued_audit_max) return;
        audit_.push_back(std::move(entry));
        wake = std::exchange(sleeping_, false);
    }
    if (wake) wake_.notify_one();
}

void Writer::run(Command command) {
    auto posted = std::make_shared<Posted>();
    posted->command = std::move(command);
    auto done = posted->done.get_future();
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) throw StoreError{"the store is closing", true};
        commands_.push_back(posted);
        sleeping_ = false;
    }
    wake_.notify_one();
    if (done.wait_for(options_.command_timeout) != std::future_status::ready) {
        const std::lock_guard lock{mutex_};
        // Not begun: it will not run. Begun: the caller learns that it does not know.
        std::erase(commands_, posted);
        throw StoreError{"the store did not answer in time", true};
    }
    done.get();
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
    while (take(batch)) {
        if (batch.empty())
            probe();
        else
            write(batch);
        batch = {};
    }
}

bool Writer::take(Batch& batch) {
    std::unique_lock lock{mutex_};
    const auto something = [this] {
        return stopping_ || !items_.empty() || !results_.empty() || !audit_.empty() ||
               !commands_.empty();
    };
    if (!something()) {
        sleeping_ = true;
        // While the store cannot write it tries by itself, so that health does not wait for
        // traffic.
        if (health_.writable)
            wake_.wait(lock, something);
        else
            wake_.wait_for(lock, kProbeInterval, something);
        sleeping_ = false;
    }
    std::size_t events = 0;
    std::size_t bytes = 0;
    while (!items_.empty() && events < kEventsPerTransaction && bytes < kBytesPerTransaction) {
        events += items_.front()->webhook.events.size();
        bytes += items_.front()->webhook.body.size();
        batch.items.push_back(std::move(items_.front()));
        items_.pop_front();
    }
    const auto results = std::min(results_.size(), kResultsPerTransaction);
    batch.results.assign(
        std::make_move_iterator(results_.begin()),
        std::make_move_iterator(results_.begin() + static_cast<std::ptrdiff_t>(results)));
    results_.erase(results_.begin(), results_.begin() + static_cast<std::ptrdiff_t>(results));
    batch.audit.swap(audit_);
    batch.commands.swap(commands_);
    return !(stopping_ && batch.empty());
}

void Writer::write(Batch& batch) {
    try {
        writeTogether(batch);
    } catch (const StoreError& e) {
        if (tables_) tables_->rollback();
        const bool single = batch.items.size() + batch.results.size() + batch.audit.size() <= 1 &&
                            batch.commands.empty();
        if (isEnvironment(e) || single)
            failed(batch, e);
        else
            writeApart(batch);
    }
}

void Writer::writeTogether(Batch& batch) {
    if (!tables_) throw SqliteError{SQLITE_IOERR, "the database could not be opened again"};
    auto& tables = *tables_;
    std::vector<IngestOutcome> outcomes(batch.items.size());
    std::uint64_t events = 0;
    std::uint64_t fenced = 0;

    tables.begin.run();
    const auto lease_expires = clock_.bootMs() + options_.lease.count();
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto& webhook = batch.items[i]->webhook;
        outcomes[i].events =
            tables.ingest.insert(webhook, tables.integrationNo(webhook.integration_id));
        outcomes[i].durable = true;
        outcomes[i].lease_expires = lease_expires;
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
    for (std::size_t i = 0; i < batch.items.size(); ++i)
        batch.items[i]->completed(outcomes[i]);
    for (const auto& posted : batch.commands)
        posted->error ? posted->done.set_exception(posted->error) : posted->done.set_value();
    setHealth(true, {});
}

// A command's failure undoes nothing but itself, unless the medium failed.
void Writer::runCommand(Tables& tables, Posted& posted) {
    tables.counters.store();
    tables.database.execute("SAVEPOINT command");
    try {
        posted.command(tables);
        tables.counters.store();
        tables.database.execute("RELEASE command");
    } catch (const StoreError& e) {
        if (isEnvironment(e)) throw;
        undoCommand(tables);
        posted.error = std::current_exception();
    } catch (const std::exception&) {
        undoCommand(tables);
        posted.error = std::current_exception();
    }
}

void Writer::writeApart(Batch& batch) {
    for (auto& item : batch.items) {
        Batch single;
        single.items.push_back(std::move(item));
        write(single);
    }
    for (auto& result : batch.results) {
        Batch single;
        single.results.push_back(std::move(result));
        write(single);
    }
    for (auto& entry : batch.audit) {
        Batch single;
        single.audit.push_back(std::move(entry));
        write(single);
    }
    Batch commands;
    commands.commands.swap(batch.commands);
    if (!commands.commands.empty()) write(commands);
}

void Writer::failed(Batch& batch, const StoreError& error) {
    {
        const std::lock_guard lock{mutex_};
        ++counters_.failed_transactions;
    }
    const bool environment = isEnvironment(error);
    if (environment)
        setHealth(false, phraseFor(error));
    else
        log_.error("row refused by the store", {{"error", error.what()}});
    for (auto& item : batch.items)
        item->completed({});
    for (const auto& posted : batch.commands)
        posted->done.set_exception(
            std::make_exception_ptr(StoreError{error.what(), error.retryable()}));
    if (!environment) return;

    putBack(batch.results);
    const auto* sqlite = dynamic_cast<const SqliteError*>(&error);
    if (sqlite != nullptr && sqlite->code() != SQLITE_FULL && sqlite->code() != SQLITE_BUSY)
        reopen();
    // Requests that come meanwhile wait this long instead of the writer spinning on a broken disk.
    std::unique_lock lock{mutex_};
    wake_.wait_for(lock, kAfterFailure, [this] { return stopping_; });
    if (stopping_) results_.clear();
}

void Writer::putBack(std::vector<domain::DeliveryResult>& results) {
    const std::lock_guard lock{mutex_};
    for (auto result = results.rbegin(); result != results.rend(); ++result)
        results_.push_front(std::move(*result));
}

void Writer::probe() {
    {
        const std::lock_guard lock{mutex_};
        if (health_.writable) return;
    }
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
        setHealth(false, phraseFor(e));
    }
}

// After an I/O error nothing that the connection remembers may be trusted: what a failed fsync
// wrote is unknown.
void Writer::reopen() noexcept {
    try {
        tables_.reset();
        tables_ = std::make_unique<Tables>(options_.path, ids_, clock_, options_.lease);
        log_.warning("database opened again");
    } catch (const std::exception& e) {
        log_.error("database cannot be opened", {{"error", e.what()}});
    }
}

} // namespace hookgate::store::sqlite
