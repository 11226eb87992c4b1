#pragma once

#include "core/plugin/check/bench.hpp"

namespace hookgate::plugin::check {

// The vector as it is written. Null: it made no instance, or not the verdict that is expected, and
// there is nothing to derive from it.
Bench::Instance playVector(Bench& bench);

// Whether verify accepts what sign makes of the vector's request, where sign can do without a
// private key.
void playSign(Bench& bench, const ProviderInProcess& provider);

} // namespace hookgate::plugin::check
