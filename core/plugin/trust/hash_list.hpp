#pragma once

#include "core/base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace hookgate::plugin {

// The name of the file, in the plugins directory, that pins which bytes each plugin file must have.
inline constexpr std::string_view kHashListName = "plugins.lock";

// File name to SHA-256 in lower-case hex.
using HashList = std::map<std::string, std::string, std::less<>>;

// As sha256sum(1) writes and checks it: a line `HASH  NAME` for each file; `HASH *NAME`, comments
// (#) and empty lines are taken, too. The error names the line.
base::Result<HashList, std::string> parseHashList(std::string_view text);
std::string writeHashList(const HashList& list);

} // namespace hookgate::plugin
