#pragma once

#include <cstddef>

namespace hookgate::plugin::isolation {

// What a plugin host takes from itself, step by step, before code that nobody trusts runs in it.
// Calls of the system that are not on a list fail with EPERM from then on. All of it needs no
// privilege, and nothing of it can be undone.

// To be called first: no core dumps, no more memory than so many bytes (address space), no
// descriptor beyond a few, an end with the gateway's; where the system permits, namespaces of its
// own, so that there is no network and no other process.
void limitResources(std::size_t memory_bytes_max) noexcept;

// While the plugin is loaded: files can be read, for the libraries it needs, and nothing else.
// False: the kernel filters no calls.
bool confineToLoading() noexcept;

// Afterwards: no file is opened, no code is mapped; it computes, and speaks through the descriptors
// that are open.
bool confineToComputing() noexcept;

} // namespace hookgate::plugin::isolation
