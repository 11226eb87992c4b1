#pragma once

#include "core/delivery/delivery.hpp"
#include "core/pipeline/hand_over.hpp"

namespace hookgate::app {

// Joins the pipeline to the delivery of the same process.
class DeliveryHandOver final : public pipeline::HandOver {
public:
    explicit DeliveryHandOver(delivery::Delivery& delivery) : delivery_{delivery} {}

    bool reserve(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept override {
        return delivery_.reserve(integration_id, payload_bytes);
    }

    void cancel(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept override {
        delivery_.cancel(integration_id, payload_bytes);
    }

    void handOver(domain::WorkItem item) noexcept override { delivery_.handOver(std::move(item)); }

    void wake() noexcept override { delivery_.wake(); }

private:
    delivery::Delivery& delivery_;
};

// For a process that only ingests: every event is inserted due, for others to claim.
class NoHandOver final : public pipeline::HandOver {
public:
    bool reserve(const domain::Uuid&, std::size_t) noexcept override { return false; }

    void cancel(const domain::Uuid&, std::size_t) noexcept override {}

    void handOver(domain::WorkItem) noexcept override {}

    void wake() noexcept override {}
};

} // namespace hookgate::app
