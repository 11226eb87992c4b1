#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace hookgate::http {

// Bodies whose request was given up, by a deadline or with its connection, while a handler still
// holds them: they take memory, and count, until the handler lets go. One of each loop, on its
// thread.
class LateBodies {
public:
    void add(std::uint64_t ticket, std::size_t bytes) {
        if (bytes > 0) bytes_.emplace(ticket, bytes);
    }

    // The bytes of `ticket`, which is forgotten; 0 when it is not known.
    std::size_t take(std::uint64_t ticket) {
        if (bytes_.empty()) return 0;
        const auto found = bytes_.find(ticket);
        if (found == bytes_.end()) return 0;
        const auto bytes = found->second;
        bytes_.erase(found);
        return bytes;
    }

private:
    std::unordered_map<std::uint64_t, std::size_t> bytes_;
};

} // namespace hookgate::http
