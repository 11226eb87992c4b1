#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace hookgate::plugin::check {

// Copies of bytes, each of which ends where a page begins that nobody may touch: whoever reads one
// byte too many dies of it. What was placed stays until the next reset. Not thread-safe.
class GuardedMemory {
public:
    GuardedMemory() = default;
    ~GuardedMemory();
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;

    // Room of this size whose end is guarded.
    char* room(std::size_t bytes);
    std::string_view place(std::string_view bytes);

    // What was placed is given up; its memory is used again.
    void reset() noexcept { used_ = 0; }

private:
    struct Slot {
        char* begin = nullptr;
        std::size_t bytes = 0; // without the guard
    };

    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

} // namespace hookgate::plugin::check
