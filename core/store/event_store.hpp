#pragma once

#include "core/domain/integration.hpp"
#include "core/domain/records.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace hookgate::store {

// The store cannot do what was asked. retryable: the cause may go away by itself (busy, full disk,
// lost connection); otherwise the database itself is wrong.
class StoreError : public std::runtime_error {
public:
    StoreError(const std::string& what, bool retryable)
        : std::runtime_error{what},
          retryable_{retryable} {}

    bool retryable() const noexcept { return retryable_; }

private:
    bool retryable_;
};

struct StoredEvent {
    domain::Uuid id; // of the event that is stored: the first one's for a duplicate
    bool duplicate = false;
    bool conflict = false; // a duplicate whose webhook had another body
};

struct IngestOutcome {
    bool durable = false; // false: nothing is stored (as far as is known), the caller answers 503
    std::vector<StoredEvent> events; // one for each NewEvent, in order
    domain::BootMs lease_expires =
        0; // of the events inserted leased, with generation 0 and claim kFirstClaim
    // The life of the database that the commit belongs to (EventStore::incarnation). Nil: what was
    // stored must not be believed in without asking the store.
    domain::Uuid incarnation{};
};

// A webhook on its way into the store, and what happens when it is there. The store owns it from
// ingest() until completed() has returned; completed() is called exactly once, on a thread of the
// store, and must neither block nor throw.
class IngestItem {
public:
    virtual ~IngestItem() = default;
    virtual void completed(const IngestOutcome& outcome) noexcept = 0;

    domain::NewWebhook webhook;
};

constexpr std::int64_t kFirstClaim = 1;

// A send whose result was never recorded is recorded as unknown when its event is claimed again.
// After this many in a row the event fails.
constexpr int kUnknownOutcomesMax = 5;

struct ClaimRequest {
    domain::Uuid integration_id;
    std::size_t free_slots = 0;
};

struct ReplayReceipt {
    domain::Uuid replay_request_id;
    bool due_now = false; // false: it starts when the send in flight has ended
};

struct StoreHealth {
    bool writable = true;
    std::string detail; // a fixed phrase, e.g. "disk full"
};

struct QueueDepth {
    std::int64_t pending = 0;    // unleased, before the first send
    std::int64_t processing = 0; // leased
    std::int64_t retrying = 0;   // unleased, after a send
    std::int64_t failed = 0;
    domain::UnixMs oldest_due = 0; // 0: nothing is due
};

struct StoreCounters {
    std::uint64_t ingest_batches = 0;
    std::uint64_t ingested_events = 0;
    std::uint64_t finish_batches = 0;
    std::uint64_t finished_results = 0;
    std::uint64_t fenced_results = 0; // results that a newer claim or generation had overtaken
    std::uint64_t failed_transactions = 0;
    std::uint64_t dropped_results = 0; // no room while the store could not write
    std::uint64_t dropped_audit_entries = 0;
};

// Where webhooks, events, work and audit live: the one place that must never forget. Backends are
// interchangeable; tests/contract/event_store runs against each of them. Safe to call from any
// thread.
//
// Times: due times and leases are decided by the store's clock. lease_expires is CLOCK_BOOTTIME of
// this host.
class EventStore {
public:
    virtual ~EventStore() = default;

    // ---- hot path: never blocks on I/O; items and results are committed in groups.

    // Takes the item in any case; a full queue or a failed commit completes it as not durable.
    virtual void ingest(std::unique_ptr<IngestItem> item) noexcept = 0;

    // Records what became of a send. Fenced: a result whose ref is outdated is counted and dropped,
    // except that a success of the same generation always completes the event. Kept in memory and
    // tried again while the store cannot write; a lease that expires meanwhile makes the outcome
    // unknown.
    virtual void finish(domain::DeliveryResult result) noexcept = 0;

    // An entry of its own in the audit trail; id and created_at may be left out. Dropped (and
    // counted) when the store is overloaded.
    virtual void audit(domain::AuditEntry entry) noexcept = 0;

    // ---- leases: block until committed; throw StoreError.

    // Leases due events to the caller, oldest due first, at most free_slots of each integration. An
    // expired lease is due; its send is first recorded as failed, "outcome unknown".
    virtual std::vector<domain::WorkItem> claim(std::span<const ClaimRequest> requests,
                                                std::chrono::milliseconds lease) = 0;

    // New leases for events that wait in memory. The result has one entry for each ref: the new
    // claim number, or nullopt when the event is no longer the caller's.
    struct Renewal {
        std::vector<std::optional<std::int64_t>> claims;
        domain::BootMs lease_expires = 0;
    };

    virtual Renewal renew(std::span<const domain::WorkRef> refs,
                          std::chrono::milliseconds lease) = 0;

    // Gives events back that were never sent: they are due at once, for anybody, and nothing is
    // recorded.
    virtual void release(std::span<const domain::WorkRef> refs) = 0;

    // Milliseconds until something is due that may be claimed (0: now), or nullopt when nothing is
    // scheduled.
    virtual std::optional<std::chrono::milliseconds> untilNextDue() = 0;

    // Everything submitted before this call is committed or has failed when it returns.
    virtual void flush() = 0;

    // ---- management: block until committed; throw StoreError.

    // nullopt: there is no such event. Writes replay.requested in the same transaction.
    virtual std::optional<ReplayReceipt> replay(const domain::ReplayCommand& command) = 0;

    // Inserts or updates by (provider, name); integrations that are not named are left as they are.
    // Returns the stored rows. Unchanged rows keep updated_at and write no audit entry.
    virtual std::vector<domain::Integration> upsertIntegrations(
        std::span<const domain::Integration> integrations) = 0;
    virtual std::vector<domain::Integration> integrations() = 0;

    // Changes whenever an integration did; cheap enough to ask every few seconds.
    virtual std::int64_t integrationsVersion() = 0;

    // Deletes a bounded number of webhooks, events, attempts and audit rows received before
    // `cutoff`; never what has unfinished work. Returns how many rows went; 0 means done.
    virtual std::size_t retain(domain::UnixMs cutoff) = 0;

    virtual QueueDepth queueDepth() = 0;
    virtual StoreHealth health() const noexcept = 0;
    virtual StoreCounters counters() const noexcept = 0;

    // Made when the database was: tells two installations apart.
    virtual domain::Uuid installationId() const noexcept = 0;

    // Changes whenever the database may have lost what it had, because it was restored or another
    // server took over: what was remembered of an earlier life outside proves nothing. Nil:
    // unknown.
    virtual domain::Uuid incarnation() const noexcept { return {}; }
};

} // namespace hookgate::store
