#pragma once

#include "core/plugin/check/subject.hpp"

namespace hookgate::plugin::check {

// Loads the plugin and looks at what that does to the process.
void checkLoading(const Subject& subject, Listener& listener);

} // namespace hookgate::plugin::check
