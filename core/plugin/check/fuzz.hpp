#pragma once

#include "core/plugin/check/subject.hpp"

namespace hookgate::plugin::check {

// Random changes of the vectors' requests, several at a time. Each case comes from a number of its
// own and can be run again alone.
void fuzz(const Subject& subject, const Descriptor& plugin, Listener& listener);

} // namespace hookgate::plugin::check
