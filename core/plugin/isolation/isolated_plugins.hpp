#pragma once

#include "core/plugin/isolation/provider_isolated.hpp"
#include "core/plugin/isolation/starter.hpp"
#include "core/plugin/registry.hpp"

#include <string>
#include <vector>

namespace hookgate::plugin::isolation {

// How a registry loads the files of which a provider is isolated: it asks a process of its own what
// they say of themselves, so that no code of theirs ever runs in this process. A file runs in one
// way: one isolated provider isolates all of its file, and a file without a manifest is isolated
// when anything is. `all`: every provider is. The starter outlives the registry.
IsolatedLoading isolatedLoading(bool all, std::vector<std::string> providers,
                                IsolationOptions options, Starter& starter);

// Instances of isolated plugins in processes, all others by `others`. All references outlive the
// instances.
InstanceFactory withIsolation(InstanceFactory others, IsolationOptions options, Starter& starter,
                              base::Log& log, const base::Clock& clock);

// Where hookgate-plugin-host is: beside the program that runs.
std::string programBesideThis();

} // namespace hookgate::plugin::isolation
