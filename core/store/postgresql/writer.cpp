#include "core/store/postgresql/writer.hpp"

#include "core/base/fail_point.hpp"
#include "core/base/thread.hpp"
#include "core/store/postgresql/audit_rows.hpp"
#include "core/store/postgresql/finish_rows.hpp"
#include "core/store/postgresql/incarnation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace hookgate::store::postgresql {
namespace {

constexpr std::chrono::milliseconds kAfterFailure{25};
constexpr std::chrono::milliseconds kProbeInterval{250};
// What began longer ago is not tried again: its caller has given up, or soon will.
constexpr std::chrono::milliseconds kTriedAgainWithin{700};

void throwIf(bool fails) {
    if (fails) throw DatabaseError{"fail point", "53100", false};
}

std::string_view phraseOf(const StoreError& error) noexcept {
    const auto* database = dynamic_cast<const DatabaseError*>(&error);
    return database == nullptr ? "cannot write" : phraseFor(*database);
}

bool blamesRow(const StoreError& error) noexcept {
    const auto* database = dynamic_cast<const DatabaseError*>(&error);
    return database != nullptr && database->blamesRow();
}

// Another run may end otherwise: the connection was lost, or the transaction was sacrificed.
bool mayRepeat(const DatabaseError& error) noexcept {
    return error.connectionLost() || error.state().starts_with("40");
}

} // namespace

Writer::Writer(WriterOptions options, const Context& context, base::Log& log)
    : options_{std::move(options)},
      context_{context},
      log_{log},
      session_{options_.connect,
               [this](Connection& connection) { incarnation_ = readIncarnation(connection); }},
      ingest_{context, options_.lease},
      queues_{options_.limits} {
    thread_ = base::startThread(options_.name, [this] { loop(); });
}

Writer::~Writer() {
    queues_.close();
    thread_.join();
}

void Writer::ingest(std::unique_ptr<IngestItem> item) noexcept {
    unanswered_items_.fetch_add(1, std::memory_order_relaxed);
    if (queues_.push(item)) return;
    unanswered_items_.fetch_sub(1, std::memory_order_relaxed);
    item->completed({});
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

void Writer::flush() {
    if (!queues_.awaitSettled(options_.flush_timeout))
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
    if (!writable) {
        log_.error("store cannot write", {{"writer", options_.name}, {"detail", detail}});
        return;
    }
    log_.information("store writes again", {{"writer", options_.name}});
    if (options_.recovered) options_.recovered();
}

void Writer::loop() {
    Batch batch;
    // While the store cannot write it tries by itself, so that health does not wait for traffic.
    while (queues_.take(batch,
                        health().writable ? std::chrono::milliseconds::max() : kProbeInterval)) {
        const auto items = batch.items.size();
        if (batch.empty())
            probe();
        else
            write(batch);
        unanswered_items_.fetch_sub(items, std::memory_order_relaxed);
        queues_.settle();
        batch = {};
    }
}

void Writer::write(Batch& batch) {
    try {
        if (!batch.items.empty()) writeItems(batch);
        if (!batch.results.empty()) writeResults(batch);
        if (!batch.audit.empty()) writeAudit(batch);
        setHealth(true, {});
    } catch (const StoreError& e) {
        failed(batch, e);
    } catch (const std::exception& e) {
        session_.drop();
        failed(batch, StoreError{e.what(), false});
    }
}

template <class Action>
auto Writer::attempt(Action&& action) {
    const auto begin = Clock::now();
    for (bool repeated = false;; repeated = true) {
        try {
            auto& connection = session_.use();
            connection.takeWarned();
            auto result = action(connection);
            // Committed here, but a standby that was to have it may not.
            if (connection.takeWarned()) {
                session_.drop();
                throw DatabaseError{"the commit was not confirmed by a standby", "", true};
            }
            return result;
        } catch (const DatabaseError& e) {
            if (e.connectionLost()) session_.drop();
            if (repeated || !mayRepeat(e) || Clock::now() - begin > kTriedAgainWithin) throw;
        }
    }
}

void Writer::writeItems(Batch& batch) {
    ingest_.startLease();
    std::vector<IngestOutcome> outcomes;
    try {
        throwIf(HG_FAIL_POINT("before-commit"));
        outcomes =
            attempt([&](Connection& connection) { return ingest_.store(connection, batch.items); });
        static_cast<void>(HG_FAIL_POINT("after-commit-before-reply"));
    } catch (const StoreError& e) {
        if (!blamesRow(e) || batch.items.size() == 1) throw;
        writeHalves(batch.items, [this](auto& items) {
            Batch half;
            half.items.swap(items);
            write(half);
        });
        return;
    }
    bool claimable = false;
    std::uint64_t events = 0;
    for (const auto& item : batch.items) {
        events += item->webhook.events.size();
        for (const auto& event : item->webhook.events)
            claimable = claimable || !event.leased;
    }
    {
        const std::lock_guard lock{mutex_};
        ++counters_.ingest_batches;
        counters_.ingested_events += events;
    }
    // Before anybody is answered: what they ask next must agree with their answer.
    setHealth(true, {});
    if (options_.committed) options_.committed(claimable);
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        outcomes[i].incarnation = incarnation_;
        batch.items[i]->completed(outcomes[i]);
    }
    batch.items.clear();
}

void Writer::writeResults(Batch& batch) {
    std::uint64_t fenced = 0;
    try {
        throwIf(HG_FAIL_POINT("before-finish-commit"));
        fenced = attempt([&](Connection& connection) {
            return finishResults(connection, context_, batch.results);
        });
    } catch (const StoreError& e) {
        if (!blamesRow(e) || batch.results.size() == 1) throw;
        writeHalves(batch.results, [this](auto& results) {
            Batch half;
            half.results.swap(results);
            write(half);
        });
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        ++counters_.finish_batches;
        counters_.finished_results += batch.results.size();
        counters_.fenced_results += fenced;
    }
    batch.results.clear();
    if (options_.committed) options_.committed(false);
}

void Writer::writeAudit(Batch& batch) {
    try {
        attempt([&](Connection& connection) {
            insertAudit(connection, context_, batch.audit);
            return true;
        });
    } catch (const StoreError& e) {
        if (!blamesRow(e) || batch.audit.size() == 1) throw;
        writeHalves(batch.audit, [this](auto& entries) {
            Batch half;
            half.audit.swap(entries);
            write(half);
        });
        return;
    }
    batch.audit.clear();
}

// One of the rows is to blame: finds it, and writes the others.
template <class T, class WritePart>
void Writer::writeHalves(std::vector<T>& rows, WritePart&& part) {
    const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
    std::vector<T> second{std::make_move_iterator(middle), std::make_move_iterator(rows.end())};
    rows.erase(middle, rows.end());
    part(rows);
    part(second);
    rows.clear();
}

void Writer::failed(Batch& batch, const StoreError& error) {
    {
        const std::lock_guard lock{mutex_};
        ++counters_.failed_transactions;
    }
    const bool row = blamesRow(error);
    // Before anybody is answered: what they ask next must agree with their answer.
    if (row)
        log_.error("row refused by the store", {{"error", error.what()}});
    else
        setHealth(false, phraseOf(error));
    for (auto& item : batch.items)
        item->completed({});
    batch.items.clear();
    if (row) return;
    if (const auto dropped = queues_.putBack(batch); dropped > 0)
        log_.warning("results and audit entries dropped", {{"count", dropped}});
    // Requests that come meanwhile wait this long instead of the writer spinning on a broken
    // database.
    queues_.pause(kAfterFailure);
}

void Writer::probe() {
    try {
        session_.use().execute("UPDATE installation SET one = true");
        setHealth(true, {});
    } catch (const DatabaseError& e) {
        if (e.connectionLost()) session_.drop();
        setHealth(false, phraseFor(e));
    } catch (const StoreError& e) {
        setHealth(false, phraseOf(e));
    }
}

} // namespace hookgate::store::postgresql
