#pragma once

#include "core/domain/records.hpp"

#include <cstddef>

namespace hookgate::pipeline {

// The way of a new event into delivery's memory without a detour over the database: a place is
// reserved before the event is inserted (then leased), and filled or given back when the commit is
// known. Safe to call from any thread; never blocks.
class HandOver {
public:
    virtual ~HandOver() = default;
    // False: no room, the event is inserted due and claimed later.
    virtual bool reserve(const domain::Uuid& integration_id,
                         std::size_t payload_bytes) noexcept = 0;
    virtual void cancel(const domain::Uuid& integration_id, std::size_t payload_bytes) noexcept = 0;
    virtual void handOver(domain::WorkItem item) noexcept = 0;
    // Events were inserted due: somebody should claim them.
    virtual void wake() noexcept = 0;
};

} // namespace hookgate::pipeline
