#pragma once

#include "core/plugin/call_figures.hpp"
#include "core/plugin/provider.hpp"
#include "core/plugin/registry.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace hookgate::plugin {

// Tells how long a call into a plugin took. step: verify, normalize, format. Called on the thread
// of the call; must not throw.
using CallObserver = std::function<void(std::string_view provider, std::string_view step,
                                        std::chrono::microseconds took)>;

// Instances of another factory whose calls are counted and timed, whatever process their code runs
// in. figures outlives the factory; the observer may be empty.
InstanceFactory measuredInstances(InstanceFactory factory, CallFigures& figures,
                                  CallObserver observer);

} // namespace hookgate::plugin
