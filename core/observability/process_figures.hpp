#pragma once

#include <cstdint>

namespace hookgate::observability {

// What the kernel says about this process. A figure that cannot be read is 0.
struct ProcessFigures {
    double cpu_seconds = 0; // user and system
    std::int64_t resident_bytes = 0;
    std::int64_t virtual_bytes = 0;
    std::int64_t open_descriptors = 0;
    std::int64_t descriptors_max = 0;
    std::int64_t threads = 0;
    double start_time_seconds = 0; // since 1970
};

// Reads /proc; safe to call from any thread.
ProcessFigures readProcessFigures() noexcept;

} // namespace hookgate::observability
