#pragma once

#include <string>
#include <string_view>

namespace hookgate::config {

// The known key that a misspelt one most likely means; empty when none is near.
std::string_view nearestKey(std::string_view misspelt);

} // namespace hookgate::config
