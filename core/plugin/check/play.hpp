#pragma once

#include "core/plugin/check/bench.hpp"

namespace hookgate::plugin::check {

// The vector as it is written. Null: it made no instance, or not the verdict that is expected, and
// there is nothing to derive from it.
Bench::Instance playVector(Bench& bench);

} // namespace hookgate::plugin::check
