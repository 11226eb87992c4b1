#include "core/plugin/check/guarded_memory.hpp"

#include <cstring>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace hookgate::plugin::check {
namespace {

std::size_t pageBytes() noexcept {
    static const auto kBytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return kBytes;
}

} // namespace

GuardedMemory::~GuardedMemory() {
    for (const auto& slot : slots_)
        ::munmap(slot.begin, slot.bytes + pageBytes());
}

char* GuardedMemory::room(std::size_t bytes) {
    if (used_ == slots_.size()) slots_.emplace_back();
    auto& slot = slots_[used_];
    if (slot.bytes < bytes || slot.begin == nullptr) {
        const auto page = pageBytes();
        const auto wanted = (bytes + page - 1) / page * page + page;
        void* const memory = ::mmap(nullptr, wanted + page, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc{};
        if (slot.begin != nullptr) ::munmap(slot.begin, slot.bytes + page);
        slot = {static_cast<char*>(memory), wanted};
        if (::mprotect(slot.begin + wanted, page, PROT_NONE) != 0) throw std::bad_alloc{};
    }
    ++used_;
    return slot.begin + (slot.bytes - bytes);
}

std::string_view GuardedMemory::place(std::string_view bytes) {
    auto* const copy = room(bytes.size());
    if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
    return {copy, bytes.size()};
}

} // namespace hookgate::plugin::check
