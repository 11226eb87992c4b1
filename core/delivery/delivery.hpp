#pragma once

#include "core/base/clock.hpp"
#include "core/base/ip_network.hpp"
#include "core/base/log.hpp"
#include "core/domain/records.hpp"
#include "core/plugin/directory.hpp"
#include "core/store/event_store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hookgate::observability {
class Metrics;
}

namespace hookgate::delivery {

struct DeliveryOptions {
    std::chrono::milliseconds delivery_timeout{15'000}; // absolute, per send
    std::size_t concurrency_per_integration = 64;
    std::size_t waiting_per_integration = 1024; // handed over or claimed, not yet sending
    std::size_t waiting_bytes =
        std::size_t{64} * 1024 * 1024; // payloads in memory, all integrations
    std::size_t response_bytes_max = std::size_t{64} * 1024;
    int max_sends = 20; // per generation
    std::chrono::milliseconds retry_base_delay{5000};
    std::chrono::milliseconds retry_max_delay{3'600'000};
    // How long an integration whose plugin cannot be asked now is left alone.
    std::chrono::milliseconds held_back{2000};
    std::vector<std::string> allowed_networks = {}; // CIDR; empty: the default policy
    // Looks a host name up and may block; called on threads of its own. Empty: the system's.
    std::function<std::vector<base::IpAddress>(const std::string& host)> lookup = {};

    // DELIVERY_TIMEOUT_MS + 15 s: a send that starts within its lease also ends within it.
    std::chrono::milliseconds lease() const { return delivery_timeout + std::chrono::seconds{15}; }
};

// Sends events to their callbacks until that succeeds: work arrives by hand-over from ingest or is
// claimed when due, waits in bounded queues per integration, is sent over libcurl multi with an
// absolute deadline, and its result goes to the store. One dead callback never delays another
// integration. Public functions are safe to call from any thread.
class Delivery {
public:
    Delivery(const DeliveryOptions& options, store::EventStore& store,
             const plugin::Directory& directory, observability::Metrics& metrics, base::Log& log,
             const base::Clock& clock);
    ~Delivery(); // as drain(0)
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    void start();

    // A place in memory for an event that is about to be inserted leased; false: insert it due
    // instead.
    bool reserve(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept;
    // Gives a reserved place back: the event was a duplicate or was not stored.
    void cancel(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept;
    // Fills a reserved place. Batches of a commit wake the loop once.
    void handOver(domain::WorkItem item) noexcept;

    // Something may have become due (a replay, an unleased insert): claims at once instead of at
    // the next look.
    void wake() noexcept;

    // Stops claiming and starting sends, finishes what is in flight within `patience`, releases the
    // rest of the leases. Returns the number of sends that were cut off.
    std::size_t drain(std::chrono::milliseconds patience);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hookgate::delivery
