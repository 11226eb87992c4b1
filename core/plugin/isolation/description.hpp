#pragma once

#include "core/plugin/descriptor.hpp"

#include <string>
#include <string_view>

namespace hookgate::plugin::isolation {

// What a plugin says of itself, told by the process that loaded it.
std::string write(const Descriptor& descriptor);

// The gateway's side. The bytes may be hostile: the same checks as for a plugin in this process
// apply. The providers have no functions here.
base::Result<Descriptor, std::string> readDescription(std::string_view payload);

} // namespace hookgate::plugin::isolation
