#pragma once

#include "core/pipeline/refusal.hpp"
#include "core/plugin/directory.hpp"
#include "core/plugin/provider.hpp"

#include <string_view>

namespace hookgate::pipeline {

// The refusal that follows from a call into a plugin that did not succeed.
Refusal refusalOf(const plugin::CallError& error, const plugin::ActiveIntegration& integration);

// The refusal of a request that is not authentic.
Refusal unauthentic(plugin::RejectReason reason, const plugin::ActiveIntegration& integration);

// A reason as a label of metrics, log and audit.
std::string_view wordOf(plugin::RejectReason reason) noexcept;

} // namespace hookgate::pipeline
