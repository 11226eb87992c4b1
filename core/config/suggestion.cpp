#include "core/config/suggestion.hpp"

#include "core/base/text.hpp"
#include "core/config/keys.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace hookgate::config {
namespace {

char same(char c) noexcept {
    return c == '-' || c == '.' ? '_' : base::lower(c);
}

// Levenshtein's distance, blind to case and to which of `_-.` joins the words.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (same(a[i]) == same(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearestKey(std::string_view misspelt) {
    if (misspelt.size() > 64) return {};
    std::string_view nearest;
    // A third of the letters wrong is another word.
    std::size_t least = std::max<std::size_t>(misspelt.size() / 3, 1) + 1;
    for (const auto& key : keys()) {
        const auto far = distance(misspelt, key.name);
        if (far >= least) continue;
        least = far;
        nearest = key.name;
    }
    return nearest;
}

} // namespace hookgate::config
