#pragma once

#include <cstddef>
#include <string_view>

namespace hookgate::plugin::isolation {

// What the process of an isolated plugin does: confines itself, loads the plugin from the sealed
// copy that is its standard input, and answers what the gateway asks through the socket that is its
// standard output. Returns the exit code once the gateway has closed its end. Runs code that nobody
// trusts: to be called by a process that was started for it.
int runHost(std::string_view plugin, std::size_t memory_bytes_max);

} // namespace hookgate::plugin::isolation
