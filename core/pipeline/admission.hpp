#pragma once

#include "core/base/result.hpp"
#include "core/coordination/coordinator.hpp"
#include "core/pipeline/received.hpp"
#include "core/pipeline/refusal.hpp"
#include "core/plugin/directory.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace hookgate::pipeline {

// The first step: is there somebody to receive this, and not too often? The integration is looked
// up before the rate limit counts, so that invented provider names fill no table. Safe to use from
// any thread.
class Admission {
public:
    Admission(const plugin::Directory& directory, coordination::Coordinator& coordinator,
              std::int64_t limit_per_minute)
        : directory_{directory},
          coordinator_{coordinator},
          limit_per_minute_{limit_per_minute} {}

    // The integration's provider that a request names, part of the request; empty: there is none.
    std::string_view providerOf(const http::Request& request) const;

    // One outcome for each, in order; the requests are counted together.
    std::vector<base::Result<Admitted, Refusal>> admit(std::span<const Received> received) const;

private:
    using Integration = std::shared_ptr<const plugin::ActiveIntegration>;

    static base::Result<Integration, Refusal> receiverOf(
        const http::Request& request, const plugin::Directory::Snapshot& snapshot);

    const plugin::Directory& directory_;
    coordination::Coordinator& coordinator_;
    const std::int64_t limit_per_minute_;
};

} // namespace hookgate::pipeline
