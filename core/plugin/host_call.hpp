#pragma once

#include "core/plugin/arena.hpp"
#include "core/plugin/json_index.hpp"

#include <hookgate/provider_abi.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// The memory of a call, kept by its thread for the next one. Not thread-safe.
struct CallMemory {
    static constexpr std::size_t kDocumentsMax = 8;
    static constexpr std::size_t kNodesKept = 4096;

    Arena arena;
    std::vector<std::unique_ptr<JsonIndex>> documents;
    std::vector<hg_header> headers;
    JsonIndex payload_check; // reused, the largest part of what a call would allocate
};

// What the gateway offers during one call (hg_call), and what it notices of it. Lives on the stack
// of the call; not thread-safe, not re-entrant.
class HostCall final : public hg_call {
public:
    // `memory` outlives the call and is used by no other; at most `arena_bytes` are given out.
    HostCall(CallMemory& memory, std::string_view correlation, std::size_t arena_bytes) noexcept;
    ~HostCall();
    HostCall(const HostCall&) = delete;
    HostCall& operator=(const HostCall&) = delete;

    std::string_view explanation() const noexcept { return explanation_; }

    // A header was asked for that is there more than once.
    bool metDoubledHeader() const noexcept { return met_doubled_header_; }

    // Whether the bytes lie in memory that the call gave out.
    bool gaveOut(const void* data, std::size_t bytes) const noexcept {
        return memory_.arena.contains(data, bytes);
    }

private:
    friend struct CallFunctions;

    CallMemory& memory_;
    mutable std::string explanation_;
    mutable std::size_t documents_ = 0;
    mutable bool met_doubled_header_ = false;
};

} // namespace hookgate::plugin
