#pragma once

#include <string>

namespace hookgate::base {

// Text from outside as one line without anything a terminal would act on; cut when it is long.
std::string printable(const std::string& text);

} // namespace hookgate::base
