#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace hookgate::plugin {

// The most that a plugin file may have.
inline constexpr std::size_t kPluginBytesMax = std::size_t{64} * 1024 * 1024;

// A private copy of a plugin in memory, which nobody can change any more, this process included.
// The descriptor is close-on-exec. The error says why there is none.
base::Result<base::FileDescriptor, std::string> sealedCopy(std::string_view name,
                                                           std::string_view bytes);

// All that can be read from a descriptor, from where it stands; the error says why it cannot.
base::Result<std::string, std::string> readAll(int descriptor);

} // namespace hookgate::plugin
