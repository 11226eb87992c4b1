#pragma once

#include "core/cli/gateway_client.hpp"
#include "core/cli/terminal.hpp"

namespace hookgate::cli {

// Tells what a gateway made of a reload or a rollback; returns the exit code.
int tellReport(const base::Result<GatewayAnswer, std::string>& answer, const Terminal& terminal);

} // namespace hookgate::cli
