#pragma once

#include "core/plugin/check/listener.hpp"
#include "core/plugin/inspection.hpp"

#include <string_view>

namespace hookgate::plugin::check {

// What the file tells without running any of it: how it was linked, what it exports, and what it
// takes from libraries. REQUIRES: inspect(bytes) refused nothing.
void checkFile(std::string_view bytes, const Inspection& inspection, Listener& listener);

} // namespace hookgate::plugin::check
