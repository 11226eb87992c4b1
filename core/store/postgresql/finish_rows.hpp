#pragma once

#include "core/domain/records.hpp"
#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/context.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace hookgate::store::postgresql {

// Records what became of sends: one statement for all whose lease is still the sender's, and one
// transaction for the few others. Returns how many were overtaken and changed nothing. Throws
// StoreError; called again after that, what was recorded already counts as overtaken.
std::uint64_t finishResults(Connection& connection, const Context& context,
                            std::span<const domain::DeliveryResult> results);

// New leases for rows whose lease is still the caller's, in one statement; nullopt for the others.
std::vector<std::optional<std::int64_t>> renewLeases(Connection& connection, const Context& context,
                                                     std::span<const domain::WorkRef> refs,
                                                     std::int64_t lease_ms);

// Gives leases back.
void releaseLeases(Connection& connection, const Context& context,
                   std::span<const domain::WorkRef> refs);

} // namespace hookgate::store::postgresql
