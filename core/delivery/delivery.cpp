#include "core/delivery/delivery.hpp"

#include "core/delivery/lease_keeper.hpp"
#include "core/delivery/send_loop.hpp"
#include "core/delivery/waiting_room.hpp"

#include <mutex>
#include <utility>

#include <curl/curl.h>

namespace hookgate::delivery {
namespace {

// For the whole process, and never undone: others may use libcurl too.
const DeliveryOptions& prepared(const DeliveryOptions& options) {
    static std::once_flag once;
    std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
    return options;
}

} // namespace

struct Delivery::Impl {
    Impl(const DeliveryOptions& options, store::EventStore& store,
         const plugin::Directory& directory, observability::Metrics& metrics, base::Log& log,
         const base::Clock& clock)
        : room{{.waiting = prepared(options).waiting_per_integration,
                .sending = options.concurrency_per_integration,
                .bytes = options.waiting_bytes}},
          keeper{options, {room, store, directory, log, clock}, [this] { loop.wake(); }},
          loop{options, {room, keeper, store, directory, metrics, log, clock}} {}

    WaitingRoom room;
    LeaseKeeper keeper;
    SendLoop loop;
    std::mutex draining;
    std::size_t cut_off = 0;
    bool drained = false;
};

Delivery::Delivery(const DeliveryOptions& options, store::EventStore& store,
                   const plugin::Directory& directory, observability::Metrics& metrics,
                   base::Log& log, const base::Clock& clock)
    : impl_{std::make_unique<Impl>(options, store, directory, metrics, log, clock)} {}

Delivery::~Delivery() {
    drain(std::chrono::milliseconds{0});
}

void Delivery::start() {
    impl_->loop.start();
    impl_->keeper.start();
}

bool Delivery::reserve(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept {
    return impl_->room.reserve(integration_id, payload_bytes);
}

void Delivery::cancel(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept {
    impl_->room.cancel(integration_id, payload_bytes);
}

void Delivery::handOver(domain::WorkItem item) noexcept {
    if (impl_->room.fill(std::move(item))) impl_->loop.wake();
}

void Delivery::wake() noexcept {
    impl_->keeper.wake();
}

std::size_t Delivery::drain(std::chrono::milliseconds patience) {
    const std::lock_guard lock{impl_->draining};
    if (impl_->drained) return impl_->cut_off;
    impl_->drained = true;
    impl_->room.close();
    impl_->loop.stopStarting();
    impl_->keeper.stop();
    // Others may begin with these while the flights end.
    impl_->keeper.releaseEverything();
    impl_->loop.waitUntilIdle(patience);
    impl_->cut_off = impl_->loop.stop();
    impl_->room.shut();
    impl_->keeper.releaseEverything();
    return impl_->cut_off;
}

} // namespace hookgate::delivery
