#pragma once

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/uuid.hpp"
#include "core/coordination/coordinator.hpp"
#include "core/coordination/redis/address.hpp"

#include <chrono>
#include <memory>

namespace hookgate::coordination::redis {

struct Options {
    Address address;
    base::Uuid installation_id; // every key begins with it: installations may share a server
    std::chrono::milliseconds budget{10}; // no call takes longer
};

// Coordination between the processes of an installation, through a Redis server (7 or later). The
// server learns neither secrets nor payloads nor who sent something: names are hashed. While it
// cannot be reached, or is slow, full or read-only, calls are answered in process at once, and
// health() says so; it is found again by itself. The clock and the log outlive the coordinator.
std::unique_ptr<Coordinator> makeCoordinator(const Options& options, const base::Clock& clock,
                                             base::Log& log);

} // namespace hookgate::coordination::redis
