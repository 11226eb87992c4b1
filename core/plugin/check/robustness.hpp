#pragma once

#include "core/plugin/check/subject.hpp"

namespace hookgate::plugin::check {

// What a gateway may meet on a bad day: no memory left, an older host, odd and large requests, and
// eight threads in one instance.
void checkRobustness(const Subject& subject, const Descriptor& plugin, Listener& listener);

} // namespace hookgate::plugin::check
