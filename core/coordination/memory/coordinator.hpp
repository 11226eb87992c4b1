#pragma once

#include "core/base/clock.hpp"
#include "core/coordination/coordinator.hpp"

#include <cstddef>
#include <memory>

namespace hookgate::coordination::memory {

// How much is remembered at most; an entry costs some 200 bytes.
struct Capacity {
    std::size_t rate_keys = 32'768;
    std::size_t markers = 16'384;
    std::size_t locks = 16'384;
};

// Coordination within one process, in bounded memory. The clock outlives it.
std::unique_ptr<Coordinator> makeCoordinator(const base::Clock& clock, Capacity capacity = {});

} // namespace hookgate::coordination::memory
