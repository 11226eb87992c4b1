#pragma once

#include "core/domain/integration.hpp"
#include "core/store/postgresql/connection.hpp"
#include "core/store/postgresql/context.hpp"

#include <span>
#include <vector>

namespace hookgate::store::postgresql {

// The integrations, with secrets and callbacks as references.
std::vector<domain::Integration> readIntegrations(Connection& connection);

// By (provider, name), in a transaction of its own; rows that do not change keep their time and
// write no audit entry. Two at once wait for each other.
void upsertIntegrations(Connection& connection, const Context& context,
                        std::span<const domain::Integration> integrations);

} // namespace hookgate::store::postgresql
