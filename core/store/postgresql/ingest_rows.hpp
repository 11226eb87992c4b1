#pragma once

#include "core/store/event_store.hpp"
#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/context.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace hookgate::store::postgresql {

// Writes webhooks, their events and the work on them: one statement for all, in which the unique
// key of the dedupe rows decides what is new. A concurrent duplicate waits there until the first
// has committed. For one thread.
class IngestRows {
public:
    IngestRows(const Context& context, std::chrono::milliseconds lease)
        : context_{context},
          lease_{lease} {}

    // One outcome for each item, durable when its integration is stored; throws StoreError. Safe
    // to call again with the same items when it is not known whether the first call was committed:
    // what it wrote is then found and is not a duplicate.
    std::vector<IngestOutcome> store(Connection& connection,
                                     std::span<const std::unique_ptr<IngestItem>> items);

    // The lease of events that are written from now on begins; before store(), not before a
    // repeated one. The holder must not believe in its lease for longer than the store does.
    void startLease() noexcept { lease_expires_ = context_.clock.bootMs() + lease_.count(); }

private:
    struct Row;

    void learnIntegrations(Connection& connection,
                           std::span<const std::unique_ptr<IngestItem>> items);
    std::vector<Row> rowsOf(std::span<const std::unique_ptr<IngestItem>> items) const;
    static void follow(std::vector<Row>& rows);
    // Writes the rows that are undecided and marks those that were taken.
    void insert(Connection& connection, std::vector<Row>& rows);
    // Finds who has the keys of the others. False: some were free again, insert() is to be called
    // once more.
    bool resolve(Connection& connection, std::vector<Row>& rows);
    static void judgeFollowers(std::vector<Row>& rows);
    void recordConflicts(Connection& connection, const std::vector<Row>& rows) const;
    std::vector<IngestOutcome> outcomesOf(const std::vector<Row>& rows,
                                          std::span<const std::unique_ptr<IngestItem>> items) const;

    const Context& context_;
    const std::chrono::milliseconds lease_;
    base::BootMs lease_expires_ = 0;
    std::string secret_; // of the HMAC that makes keys
    // Integrations are never deleted.
    std::unordered_map<base::Uuid, std::int32_t> integration_numbers_;
};

} // namespace hookgate::store::postgresql
