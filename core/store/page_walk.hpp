#pragma once

#include "core/store/event_queries.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hookgate::store {

// A part of a list, by position.
struct Range {
    std::int64_t offset = 0;
    std::int64_t length = 0;

    // Empty past the end, however large the numbers are.
    static Range of(PageRequest page, std::int64_t total) noexcept {
        const auto size = std::max<std::int64_t>(page.page_size, 1);
        const auto pages_before = std::max<std::int64_t>(page.page, 1) - 1;
        if (pages_before > total / size) return {};
        const auto offset = pages_before * size;
        return {offset, std::clamp<std::int64_t>(total - offset, 0, size)};
    }

    // What of this lies within a list that starts at `start` and is `count` long, counted from
    // there.
    Range within(std::int64_t start, std::int64_t count) const noexcept {
        const auto first = std::max(offset, start);
        const auto last = std::min(offset + length, start + count);
        return {first - start, std::max<std::int64_t>(last - first, 0)};
    }
};

// How to get to a part of a list: from its beginning, or from its end when that is nearer.
struct Walk {
    std::int64_t skip = 0;
    std::int64_t take = 0;
    bool backwards = false;

    static Walk to(Range range, std::int64_t total) noexcept {
        const auto behind = total - range.offset - range.length;
        if (behind >= range.offset) return {range.offset, range.length, false};
        return {behind, range.length, true};
    }

    // The keyword for an order that is ascending or not when the list is walked forwards.
    const char* direction(bool ascending) const noexcept {
        return ascending != backwards ? " ASC" : " DESC";
    }

    // Puts what was read into the order of the list.
    template <class T>
    void straighten(std::vector<T>& items) const {
        if (backwards) std::reverse(items.begin(), items.end());
    }
};

} // namespace hookgate::store
