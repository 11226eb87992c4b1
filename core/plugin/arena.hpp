#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace hookgate::plugin {

// Zeroed, 16-byte aligned memory that is freed as a whole. The first block is kept from one call to
// the next. Not thread-safe.
class Arena {
public:
    static constexpr std::size_t kFirstBlockBytes = std::size_t{16} * 1024;

    // Frees everything; at most `bytes` may be taken until the next reset.
    void reset(std::size_t bytes) noexcept;

    // nullptr: the limit is reached, or there is no memory.
    void* allocate(std::size_t bytes) noexcept;

    // Whether all of these bytes were given out.
    bool contains(const void* data, std::size_t bytes) const noexcept;

private:
    struct Free {
        void operator()(std::byte* block) const noexcept;
    };

    struct Block {
        std::unique_ptr<std::byte, Free> memory;
        std::size_t size = 0;
        std::size_t used = 0;
    };

    std::vector<Block> blocks_;
    std::size_t left_ = 0;
};

} // namespace hookgate::plugin
