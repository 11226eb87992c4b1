#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hookgate::offline {

// " (did you mean X?)" with the candidate that is a slip of the keyboard or two away, or nothing.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

// "a, b and c"; "none" when there are none.
std::string listed(std::span<const std::string> words);

} // namespace hookgate::offline
