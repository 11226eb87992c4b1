#pragma once

#include "core/base/clock.hpp"
#include "core/store/event_store.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hookgate::test {

// The leases and results of an event store, in memory: enough to drive delivery, and nothing of
// ingest or management. Counts its round trips and keeps every result. Thread-safe.
class MemoryEventStore : public store::EventStore {
public:
    explicit MemoryEventStore(const base::Clock& clock) : clock_{clock} {}

    // ---- the test's side

    // Work that is due at `at` and leased to nobody.
    void addDue(domain::WorkItem item, base::UnixMs at = 0) {
        const std::lock_guard lock{mutex_};
        rows_[item.ref.event_id] = Row{std::move(item), at, false};
    }

    // Work that is leased to the caller already, as ingest inserts it; returns what is handed over.
    domain::WorkItem addLeased(domain::WorkItem item, std::chrono::milliseconds lease) {
        const std::lock_guard lock{mutex_};
        item.ref.claim = store::kFirstClaim;
        item.lease_expires = clock_.bootMs() + lease.count();
        rows_[item.ref.event_id] = Row{item, 0, true};
        return item;
    }

    // Somebody else claims it, for long.
    void takeAway(const domain::Uuid& event_id) {
        const std::lock_guard lock{mutex_};
        auto& item = rows_.at(event_id).item;
        item.ref.claim += 100;
        item.lease_expires += std::chrono::milliseconds{std::chrono::hours{24}}.count();
    }

    void failing(bool fails) {
        const std::lock_guard lock{mutex_};
        fails_ = fails;
    }

    bool waitForResults(std::size_t count,
                        std::chrono::milliseconds patience = std::chrono::seconds{20}) const {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, patience, [&] { return result_count_ >= count; });
    }

    bool waitForReleases(std::size_t count,
                         std::chrono::milliseconds patience = std::chrono::seconds{20}) const {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, patience, [&] { return released_.size() >= count; });
    }

    bool waitForRenewals(std::size_t count,
                         std::chrono::milliseconds patience = std::chrono::seconds{20}) const {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, patience, [&] { return renewals_ >= count; });
    }

    std::vector<domain::DeliveryResult> results() const { return read(results_); }

    std::vector<domain::WorkRef> released() const { return read(released_); }

    std::size_t resultCount() const { return read(result_count_); }

    std::size_t roundTrips() const { return read(round_trips_); }

    std::size_t claimedItems() const { return read(claimed_); }

    std::size_t unfinished() const {
        const std::lock_guard lock{mutex_};
        return rows_.size();
    }

    // Off: only counts. For tests with very many.
    void keepResults(bool keep) {
        const std::lock_guard lock{mutex_};
        keep_ = keep;
    }

    // ---- EventStore

    void ingest(std::unique_ptr<store::IngestItem> item) noexcept override { item->completed({}); }

    void finish(domain::DeliveryResult result) noexcept override {
        const std::lock_guard lock{mutex_};
        const auto row = rows_.find(result.ref.event_id);
        const bool mine = row != rows_.end() && row->second.item.ref.claim == result.ref.claim;
        if (mine && result.outcome == domain::DeliveryOutcome::Retry) {
            row->second.leased = false;
            row->second.due_at = result.retry_at;
            ++row->second.item.attempts;
            ++row->second.item.sends;
        } else if (row != rows_.end() &&
                   (mine || result.outcome == domain::DeliveryOutcome::Delivered)) {
            rows_.erase(row);
        }
        ++result_count_;
        if (keep_) results_.push_back(std::move(result));
        changed_.notify_all();
    }

    void audit(domain::AuditEntry) noexcept override {}

    std::vector<domain::WorkItem> claim(std::span<const store::ClaimRequest> requests,
                                        std::chrono::milliseconds lease) override {
        const std::lock_guard lock{mutex_};
        roundTrip();
        std::vector<domain::WorkItem> items;
        for (const auto& request : requests) {
            auto left = request.free_slots;
            for (auto& [id, row] : rows_) {
                if (left == 0) break;
                if (row.item.integration_id != request.integration_id || !isDue(row)) continue;
                row.leased = true;
                ++row.item.ref.claim;
                row.item.lease_expires = clock_.bootMs() + lease.count();
                items.push_back(row.item);
                --left;
            }
        }
        claimed_ += items.size();
        return items;
    }

    Renewal renew(std::span<const domain::WorkRef> refs, std::chrono::milliseconds lease) override {
        const std::lock_guard lock{mutex_};
        roundTrip();
        Renewal renewal{.claims = {}, .lease_expires = clock_.bootMs() + lease.count()};
        for (const auto& ref : refs) {
            const auto row = rows_.find(ref.event_id);
            if (row == rows_.end() || row->second.item.ref.claim != ref.claim) {
                renewal.claims.emplace_back();
                continue;
            }
            row->second.item.lease_expires = renewal.lease_expires;
            renewal.claims.emplace_back(++row->second.item.ref.claim);
        }
        renewals_ += refs.size();
        changed_.notify_all();
        return renewal;
    }

    void release(std::span<const domain::WorkRef> refs) override {
        const std::lock_guard lock{mutex_};
        roundTrip();
        for (const auto& ref : refs) {
            released_.push_back(ref);
            const auto row = rows_.find(ref.event_id);
            if (row == rows_.end() || row->second.item.ref.claim != ref.claim) continue;
            row->second.leased = false;
            row->second.due_at = 0;
        }
        changed_.notify_all();
    }

    std::optional<std::chrono::milliseconds> untilNextDue() override {
        const std::lock_guard lock{mutex_};
        roundTrip();
        std::optional<std::chrono::milliseconds> next;
        for (const auto& [id, row] : rows_) {
            const auto at = row.leased ? row.item.lease_expires - clock_.bootMs()
                                       : row.due_at - clock_.unixMs();
            const std::chrono::milliseconds wait{std::max<std::int64_t>(0, at)};
            next = next ? std::min(*next, wait) : wait;
        }
        return next;
    }

    void flush() override {}

    std::optional<store::ReplayReceipt> replay(const domain::ReplayCommand&) override {
        return std::nullopt;
    }

    std::vector<domain::Integration> upsertIntegrations(
        std::span<const domain::Integration>) override {
        return {};
    }

    std::vector<domain::Integration> integrations() override { return {}; }

    std::int64_t integrationsVersion() override { return 0; }

    std::size_t retain(domain::UnixMs) override { return 0; }

    store::QueueDepth queueDepth() override { return {}; }

    store::StoreHealth health() const noexcept override { return {}; }

    store::StoreCounters counters() const noexcept override { return {}; }

    domain::Uuid installationId() const noexcept override { return {}; }

private:
    struct Row {
        domain::WorkItem item;
        base::UnixMs due_at = 0;
        bool leased = false;
    };

    template <class T>
    T read(const T& value) const {
        const std::lock_guard lock{mutex_};
        return value;
    }

    bool isDue(const Row& row) const {
        return row.leased ? row.item.lease_expires <= clock_.bootMs()
                          : row.due_at <= clock_.unixMs();
    }

    void roundTrip() {
        ++round_trips_;
        if (fails_) throw store::StoreError{"store is down", true};
    }

    const base::Clock& clock_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::map<domain::Uuid, Row> rows_;
    std::vector<domain::DeliveryResult> results_;
    std::vector<domain::WorkRef> released_;
    std::size_t result_count_ = 0;
    std::size_t round_trips_ = 0;
    std::size_t renewals_ = 0;
    std::size_t claimed_ = 0;
    bool fails_ = false;
    bool keep_ = true;
};

} // namespace hookgate::test
