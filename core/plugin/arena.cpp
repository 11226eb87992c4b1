#include "core/plugin/arena.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kAlignment = 16;

} // namespace

void Arena::Free::operator()(std::byte* block) const noexcept {
    ::operator delete (block, std::align_val_t{kAlignment});
}

void Arena::reset(std::size_t bytes) noexcept {
    const bool keeps_first = !blocks_.empty() && blocks_.front().size == kFirstBlockBytes;
    blocks_.erase(blocks_.begin() + (keeps_first ? 1 : 0), blocks_.end());
    if (keeps_first) blocks_.front().used = 0;
    left_ = bytes;
}

void* Arena::allocate(std::size_t bytes) noexcept {
    if (bytes > left_) return nullptr;
    const auto rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (blocks_.empty() || blocks_.back().size - blocks_.back().used < rounded) {
        const auto size = std::max(rounded, kFirstBlockBytes);
        auto* const memory = static_cast<std::byte*>(
            ::operator new (size, std::align_val_t{kAlignment}, std::nothrow));
        if (memory == nullptr) return nullptr;
        Block block;
        block.memory.reset(memory);
        block.size = size;
        try {
            blocks_.push_back(std::move(block));
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }
    auto& block = blocks_.back();
    auto* const start = block.memory.get() + block.used;
    block.used += rounded;
    left_ -= std::min(left_, rounded);
    return std::memset(start, 0, rounded);
}

bool Arena::contains(const void* data, std::size_t bytes) const noexcept {
    // Addresses of different objects compare as integers only.
    const auto first = reinterpret_cast<std::uintptr_t>(data); // NOLINT(*-reinterpret-cast)
    return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
        const auto base =
            reinterpret_cast<std::uintptr_t>(block.memory.get()); // NOLINT(*-reinterpret-cast)
        return first >= base && first - base <= block.used && bytes <= block.used - (first - base);
    });
}

} // namespace hookgate::plugin
