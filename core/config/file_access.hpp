#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <string>

namespace hookgate::config {

// True when a file exists that any user of the machine may read.
bool isWorldReadable(const std::string& file) noexcept;

// The whole content. The error is the rest of a sentence that begins with the file: "is not there".
// Files above `most_bytes` are refused, and so is what is no regular file (a secret may be a pipe
// or a device by mistake, which would block or never end).
base::Result<std::string, std::string> readFile(const std::string& file, std::size_t most_bytes);

} // namespace hookgate::config
