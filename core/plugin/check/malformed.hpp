#pragma once

#include "core/plugin/check/bench.hpp"

namespace hookgate::plugin::check {

// Bodies that nobody should send and each plugin has to answer: cut, changed, nested too deep, no
// UTF-8, numbers out of range, no JSON at all. The vector was accepted; `provider` is its instance.
void readMalformed(Bench& bench, const Provider& provider);

} // namespace hookgate::plugin::check
