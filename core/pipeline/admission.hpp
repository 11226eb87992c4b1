#pragma once

#include "core/base/result.hpp"
#include "core/coordination/coordinator.hpp"
#include "core/pipeline/received.hpp"
#include "core/pipeline/refusal.hpp"
#include "core/plugin/directory.hpp"

#include <cstdint>

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

    base::Result<Admitted, Refusal> admit(const Received& received) const;

private:
    const plugin::Directory& directory_;
    coordination::Coordinator& coordinator_;
    const std::int64_t limit_per_minute_;
};

} // namespace hookgate::pipeline
