#pragma once

#include "core/plugin/check/subject.hpp"

namespace hookgate::plugin::check {

// Instances as they come and go: with settings that are wrong, without secrets, with the examples
// of the schema, and a thousand of them one after the other.
void checkLifecycle(const Subject& subject, const Descriptor& plugin, Listener& listener);

} // namespace hookgate::plugin::check
